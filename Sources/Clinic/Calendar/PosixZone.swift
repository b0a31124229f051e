/// The rule at the end of a TZif file, for all times after its last transition: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// POSIX.1-2017 §8.3 with the hours of RFC 8536 §3.3.1 (−167 to 167).
struct PosixZone: Equatable, Sendable {
    /// Seconds east of UTC outside of the summer.
    let standard: Int64
    /// Nil where the clocks do not change.
    let summer: Summer?

    struct Summer: Equatable, Sendable {
        let offset: Int64
        let begins: Change
        let ends: Change
    }

    /// A day of each year, and the second after its midnight on the wall.
    struct Change: Equatable, Sendable {
        let day: Day
        let second: Int64

        enum Day: Equatable, Sendable {
            /// 1 to 365; 29 February is never counted.
            case julian(Int64)
            /// 0 to 365, leap days counted.
            case zeroBased(Int64)
            /// The `week`th `weekday` (0 is Sunday) of `month`; the fifth is the last.
            case weekday(month: Int64, week: Int64, weekday: Int64)
        }

        /// On the wall, in seconds since 1970.
        func local(in year: Int64) -> Int64 { (Self.day(day, in: year)) * 86_400 + second }

        private static func day(_ day: Day, in year: Int64) -> Int64 {
            let first = CalendarDate(year: year, month: 1, day: 1)?.daysSince1970 ?? 0
            switch day {
            case .julian(let number):
                let isAfterLeapDay = CalendarDate.isLeap(year) && number >= 60
                return first + number - 1 + (isAfterLeapDay ? 1 : 0)
            case .zeroBased(let number):
                return first + number
            case .weekday(let month, let week, let weekday):
                guard let start = CalendarDate(year: year, month: month, day: 1) else { return first }
                // 1970-01-01 was a Thursday, day 4 from Sunday.
                let weekdayOfFirst = ((start.daysSince1970 + 4) % 7 + 7) % 7
                let offset = (weekday - weekdayOfFirst + 7) % 7
                let length = CalendarDate.days(in: month, of: year)
                var dayOfMonth = offset + (week - 1) * 7
                while dayOfMonth >= length { dayOfMonth -= 7 }
                return start.daysSince1970 + dayOfMonth
            }
        }
    }

    /// The offset at a second since 1970 UTC, and the second at which it becomes another.
    func segment(at second: Int64) -> (offset: Int64, end: Int64?) {
        guard let summer else { return (standard, nil) }
        let days = second.quotientFloored(by: 86_400)
        let year = min(max(CalendarDate(daysSince1970: days).year, 1), 9_998)
        var changes: [(at: Int64, offset: Int64)] = []
        for year in (year - 1)...(year + 1) {
            // The end before the start: where both are one moment, it is summer without end.
            changes.append((summer.ends.local(in: year) - summer.offset, standard))
            changes.append((summer.begins.local(in: year) - standard, summer.offset))
        }
        changes = changes.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        var offset = standard
        for change in changes {
            guard change.at <= second else { return (offset, change.at) }
            offset = change.offset
        }
        return (offset, nil)
    }
}
