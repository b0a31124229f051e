/// A time during which one person is on call for one reason.
package struct DutyShift: Hashable, Sendable {
    package let duty: Duty
    package let from: Timestamp
    package let to: Timestamp

    package init(duty: Duty, from: Timestamp, to: Timestamp) {
        self.duty = duty
        self.from = from
        self.to = to
    }
}

/// A time during which nobody is on call.
package struct DutyGap: Hashable, Sendable {
    package let from: Timestamp
    package let to: Timestamp

    package init(from: Timestamp, to: Timestamp) {
        self.from = from
        self.to = to
    }
}

/// What comes of a schedule between two moments, cut to them.
package struct FinalSchedule: Equatable, Sendable {
    /// Ascending, none overlaps another; two that follow each other differ in person or reason.
    package let shifts: [DutyShift]
    /// What lies between the shifts, and before and after them.
    package let gaps: [DutyGap]
    /// The end of what was looked at: the end asked for, or before it the place where the limit was met.
    package let to: Timestamp
}

extension OnCallCalendar {
    /// The most changes that one look goes through: 31 days of eight layers that each change every hour.
    package static let maximumChanges = 6_000

    /// Who is on call from `from` to `to`, and where nobody is.
    package func final(from: Timestamp, to: Timestamp) -> FinalSchedule {
        var shifts: [DutyShift] = []
        var gaps: [DutyGap] = []
        var moment = from
        var changes = 0
        while moment < to, changes < Self.maximumChanges {
            let end = min(nextChange(after: moment) ?? to, to)
            if let duty = duty(at: moment) {
                if let last = shifts.last, last.to == moment, last.duty == duty {
                    shifts[shifts.count - 1] = DutyShift(duty: duty, from: last.from, to: end)
                } else {
                    shifts.append(DutyShift(duty: duty, from: moment, to: end))
                }
            } else if let last = gaps.last, last.to == moment {
                gaps[gaps.count - 1] = DutyGap(from: last.from, to: end)
            } else {
                gaps.append(DutyGap(from: moment, to: end))
            }
            moment = end
            changes += 1
        }
        return FinalSchedule(shifts: shifts, gaps: gaps, to: moment)
    }
}
