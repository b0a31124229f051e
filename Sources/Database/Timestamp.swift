/// PostgreSQL's text of a `timestamptz` (DateStyle ISO, TimeZone UTC, which every connection sets) in both directions.
///
/// Resolution is the server's own microsecond, so a value that was read and written back is the same value.
enum Timestamp {
    /// `2026-11-20 10:15:30.123456+00`.
    static func text(microseconds: Int64) -> String {
        let seconds = floorDivide(microseconds, 1_000_000)
        let fraction = microseconds &- seconds &* 1_000_000
        let days = floorDivide(seconds, 86_400)
        let second = seconds &- days &* 86_400
        let (year, month, day) = civil(days: days)
        // PostgreSQL counts no year 0: the year before 1 is "1 BC".
        let era = year > 0 ? "" : " BC"
        return "\(pad(year > 0 ? year : 1 - year, 4))-\(pad(month, 2))-\(pad(day, 2)) \(pad(second / 3600, 2)):"
            + "\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2)).\(pad(fraction, 6))+00\(era)"
    }

    /// Reads what the server wrote; nil for anything else, such as `infinity` or a year before 1.
    static func microseconds(_ text: some StringProtocol) -> Int64? {
        var reader = Reader(bytes: Array(text.utf8))
        guard let year = reader.number(upTo: 6), reader.take("-"), let month = reader.number(upTo: 2), reader.take("-"),
            let day = reader.number(upTo: 2), reader.take(" "), let hour = reader.number(upTo: 2), reader.take(":"),
            let minute = reader.number(upTo: 2), reader.take(":"), let second = reader.number(upTo: 2)
        else { return nil }
        var fraction: Int64 = 0
        if reader.take(".") {
            let start = reader.position
            guard let digits = reader.number(upTo: 6) else { return nil }
            fraction = digits
            for _ in (reader.position - start)..<6 { fraction *= 10 }
        }
        guard reader.take("+"), reader.number(upTo: 2) == 0, reader.isAtEnd, (1...12).contains(month),
            (1...31).contains(day)
        else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        return seconds * 1_000_000 + fraction
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0
        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func number(upTo digits: Int) -> Int64? {
            var value: Int64 = 0
            let start = position
            while position < bytes.count, position - start < digits, (0x30...0x39).contains(bytes[position]) {
                value = value * 10 + Int64(bytes[position] - 0x30)
                position += 1
            }
            return position > start ? value : nil
        }
    }

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
    }

    // Both directions count days from 1 March 0000, so that the leap day is the last of its year (400-year eras).
    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = floorDivide(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
