/// The hours in which a person is not to be woken for less than what the policy calls loud.
package struct QuietHours: Equatable, Sendable {
    /// The most windows.
    package static let maximumWindows = 7

    /// The zone of the windows: an IANA name.
    package var zone: String
    package var windows: [WeeklyWindow]

    package init(zone: String, windows: [WeeklyWindow]) {
        self.zone = zone
        self.windows = windows
    }

    /// When the quiet that holds at this moment ends; `nil` where none holds.
    ///
    /// Windows that follow each other without a break are one. Quiet without end counts as a week.
    package func end(at moment: Timestamp, rules: TimeZoneRules) -> Timestamp? {
        var end: Timestamp?
        // Each window ends within two days, so a week of them takes no more rounds than this.
        for _ in 0..<16 {
            guard let next = windowEnd(at: end ?? moment, rules: rules) else { break }
            end = next
        }
        return end
    }

    private func windowEnd(at moment: Timestamp, rules: TimeZoneRules) -> Timestamp? {
        let date = rules.local(at: moment).date
        var latest: Timestamp?
        for offset: Int64 in -2...1 {
            for window in windows {
                guard let span = window.span(on: date.advanced(byDays: offset)) else { continue }
                let end = rules.moment(of: span.to)
                if rules.moment(of: span.from) <= moment, moment < end { latest = max(latest ?? end, end) }
            }
        }
        return latest
    }
}
