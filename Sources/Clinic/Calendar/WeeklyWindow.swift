/// Hours of some days of the week. Where `to` is not after `from`, they end on the next day.
package struct WeeklyWindow: Hashable, Sendable {
    package var days: Set<Weekday>
    package var from: ClockTime
    package var to: ClockTime

    package init(days: Set<Weekday>, from: ClockTime, to: ClockTime) {
        self.days = days
        self.from = from
        self.to = to
    }

    /// From when to when on the wall it lasts, if it begins on this day; `nil` if it does not.
    func span(on date: CalendarDate) -> (from: LocalTime, to: LocalTime)? {
        guard days.contains(date.weekday) else { return nil }
        return (LocalTime(date, from), LocalTime(to > from ? date : date.advanced(byDays: 1), to))
    }
}
