/// A moment, in microseconds since 1970-01-01T00:00:00Z: the resolution of PostgreSQL's timestamptz.
///
/// Nothing here reads a clock; whoever calls passes the time in. Arithmetic saturates instead of trapping, since
/// durations come from policies that people wrote.
package struct Timestamp: Hashable, Sendable, Comparable {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// This moment moved by a duration of either sign, held at the ends of the range.
    package func advanced(by duration: Duration) -> Self {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration.saturatedMicroseconds)
        guard overflow else { return Self(microseconds: sum) }
        return Self(microseconds: duration < .zero ? .min : .max)
    }

    /// How much later this moment is than the other; negative if it is earlier.
    package func duration(since earlier: Self) -> Duration {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
        return .microseconds(overflow ? (microseconds < earlier.microseconds ? .min : .max) : difference)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String { rfc3339 }

    /// RFC 3339 in UTC with milliseconds, cut not rounded: `2026-11-20T10:15:30.123Z`.
    ///
    /// Meant for the years 0000 to 9999, which the format can write; outside them it has more than four digits.
    package var rfc3339: String {
        let milliseconds = microseconds.quotientFloored(by: 1_000)
        let seconds = milliseconds.quotientFloored(by: 1_000)
        let days = seconds.quotientFloored(by: 86_400)
        let secondOfDay = seconds - days * 86_400
        let date = CalendarDate(daysSince1970: days)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        text.append(decimal: date.year, width: 4)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: date.month, width: 2)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: date.day, width: 2)
        text.append(UInt8(ascii: "T"))
        text.append(decimal: secondOfDay / 3_600, width: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: secondOfDay / 60 % 60, width: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: secondOfDay % 60, width: 2)
        text.append(UInt8(ascii: "."))
        text.append(decimal: milliseconds - seconds * 1_000, width: 3)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}

extension Duration {
    /// Whole microseconds, cut towards zero and held at the ends of `Int64`.
    package var saturatedMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        if overflow || sumOverflow { return seconds < 0 ? .min : .max }
        return sum
    }
}

extension [UInt8] {
    fileprivate mutating func append(decimal value: Int64, width: Int) {
        let digits = String(value.magnitude).utf8
        if value < 0 { append(UInt8(ascii: "-")) }
        for _ in 0..<Swift.max(0, width - digits.count) { append(UInt8(ascii: "0")) }
        append(contentsOf: digits)
    }
}
