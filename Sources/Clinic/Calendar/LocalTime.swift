/// A time on a clock on the wall, to the minute: `08:00`.
package struct ClockTime: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 0 to 1439.
    package let minutes: Int

    /// `00:00`.
    package static let midnight = ClockTime(unchecked: 0)

    private init(unchecked minutes: Int) { self.minutes = minutes }

    /// `nil` outside of a day.
    package init?(minutes: Int) {
        guard (0..<1_440).contains(minutes) else { return nil }
        self.minutes = minutes
    }

    /// Reads `08:00`, 00:00 to 23:59; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), let hour = Int64(decimal: bytes[0..<2]),
            let minute = Int64(decimal: bytes[3..<5]), hour < 24, minute < 60
        else { return nil }
        minutes = Int(hour * 60 + minute)
    }

    package static func < (left: Self, right: Self) -> Bool { left.minutes < right.minutes }

    package var description: String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }
}

/// What a calendar and a clock on the wall show together; which moment that is, a zone says.
package struct LocalTime: Hashable, Sendable, Comparable {
    /// Since 1970-01-01 00:00 on the same wall.
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    package init(_ date: CalendarDate, _ time: ClockTime) {
        seconds = date.daysSince1970 * 86_400 + Int64(time.minutes) * 60
    }

    package var date: CalendarDate { CalendarDate(daysSince1970: seconds.quotientFloored(by: 86_400)) }

    /// 0 to 86,399.
    package var secondOfDay: Int64 { seconds - seconds.quotientFloored(by: 86_400) * 86_400 }

    package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
}
