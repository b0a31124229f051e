/// Who is on call when, as people write it down: layers of rotations in one zone. Data of a clinic, versioned.
///
/// Of several layers that are on duty the last one counts, so exceptions are added below the rule.
/// A definition may hold any values; `problems()` says what is wrong with them, and `OnCallCalendar` survives all of them.
package struct ScheduleDefinition: Equatable, Sendable {
    /// The most layers of a schedule.
    package static let maximumLayers = 8
    /// The most bytes of a schedule's or layer's name.
    package static let maximumName = 100

    package var name: String
    /// The zone of every time in the layers: an IANA name such as `Europe/Berlin`.
    package var zone: String
    package var layers: [DutyLayer]

    package init(name: String, zone: String, layers: [DutyLayer]) {
        self.name = name
        self.zone = zone
        self.layers = layers
    }

    /// Everybody who is ever on duty by the layers, each once.
    package var people: [UserID] {
        var seen: Set<UserID> = []
        return layers.flatMap(\.people).filter { seen.insert($0).inserted }
    }
}

/// People who take turns, each for one shift.
package struct DutyLayer: Equatable, Sendable {
    /// The most turns of a rotation.
    package static let maximumPeople = 50
    /// The most windows of a layer.
    package static let maximumWindows = 7

    package var name: String
    /// In the order of their turns, the first one's beginning at the start. A person may have several turns.
    package var people: [UserID]
    package var shift: ShiftLength
    /// The day on which the first shift begins; for shifts of weeks also the day of the week of every hand-over.
    package var startsOn: CalendarDate
    /// When the first shift begins, and with it each later one that begins a number of days after it.
    package var handOver: ClockTime
    /// The layer ends on this day at the time of the hand-over; `nil` for never.
    package var endsOn: CalendarDate?
    /// The hours of the week in which the layer is on duty; empty for always. Turns go on outside of them.
    package var windows: [WeeklyWindow]

    package init(
        name: String, people: [UserID], shift: ShiftLength, startsOn: CalendarDate, handOver: ClockTime,
        endsOn: CalendarDate? = nil, windows: [WeeklyWindow] = []
    ) {
        self.name = name
        self.people = people
        self.shift = shift
        self.startsOn = startsOn
        self.handOver = handOver
        self.endsOn = endsOn
        self.windows = windows
    }
}

/// How long a turn lasts, on the wall's clock: a shift over a change of the clocks lasts an hour more or less, and the
/// hand-over keeps its time.
package enum ShiftLength: Hashable, Sendable {
    case hours(Int)
    case days(Int)
    case weeks(Int)

    /// On the wall's clock; 1 h at least and 8 weeks at most, whatever a stored definition says.
    package var seconds: Int64 {
        let seconds: Int64 =
            switch self {
            case .hours(let count): Int64(clamping: count).multipliedClamped(by: 3_600)
            case .days(let count): Int64(clamping: count).multipliedClamped(by: 86_400)
            case .weeks(let count): Int64(clamping: count).multipliedClamped(by: 604_800)
            }
        return min(max(seconds, 3_600), 8 * 604_800)
    }

    /// The `every` of the JSON form: `{"every":"WEEK","count":1}`.
    package var unit: Unit {
        switch self {
        case .hours: .hour
        case .days: .day
        case .weeks: .week
        }
    }

    package var count: Int {
        switch self {
        case .hours(let count), .days(let count), .weeks(let count): count
        }
    }

    package init(every unit: Unit, count: Int) {
        switch unit {
        case .hour: self = .hours(count)
        case .day: self = .days(count)
        case .week: self = .weeks(count)
        }
    }

    package enum Unit: String, CaseIterable, Hashable, Sendable {
        case hour = "HOUR"
        case day = "DAY"
        case week = "WEEK"

        /// The most of them in one shift: 8 weeks.
        package var maximum: Int {
            switch self {
            case .hour: 1_344
            case .day: 56
            case .week: 8
            }
        }
    }
}

/// One person instead of the layers for a while.
package struct DutyOverride: Hashable, Sendable {
    package let id: OverrideID
    package let person: UserID
    package let from: Timestamp
    /// After `from`.
    package let to: Timestamp

    package init(id: OverrideID, person: UserID, from: Timestamp, to: Timestamp) {
        self.id = id
        self.person = person
        self.from = from
        self.to = to
    }
}

extension Int64 {
    fileprivate func multipliedClamped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? (self < 0 ? .min : .max) : product
    }
}
