/// A schedule that can be asked who is on call at a moment, and why: definition, zone and overrides together.
///
/// Pure and total. Between two moments that `nextChange` names, the answer is the same.
package struct OnCallCalendar: Sendable {
    let definition: ScheduleDefinition
    let zone: TimeZoneRules
    let overrides: [DutyOverride]

    /// - Parameter overrides: in any order; of several at one moment the one that began last counts, then the one with
    ///   the greater id.
    package init(_ definition: ScheduleDefinition, zone: TimeZoneRules, overrides: [DutyOverride] = []) {
        self.definition = definition
        self.zone = zone
        self.overrides = overrides.filter { $0.from < $0.to }.sorted { ($0.from, $0.id) < ($1.from, $1.id) }
    }

    /// Who is on call at this moment; `nil` in a gap.
    package func duty(at moment: Timestamp) -> Duty? {
        if let override = overrides.last(where: { $0.from <= moment && moment < $0.to }) {
            return Duty(person: override.person, reason: .override(override.id))
        }
        for (index, layer) in definition.layers.enumerated().reversed() {
            guard let turn = layer.turn(at: moment, in: zone), layer.isOpen(at: moment, in: zone) else { continue }
            return Duty(
                person: layer.people[Int(turn % Int64(layer.people.count))],
                reason: .layer(number: index + 1, turn: turn))
        }
        return nil
    }

    /// The name of a layer counted from 1; empty for one that is not there.
    package func layerName(_ number: Int) -> String {
        definition.layers.indices.contains(number - 1) ? definition.layers[number - 1].name : ""
    }

    /// The next moment at which somebody else may be on call; `nil` if there is none.
    package func nextChange(after moment: Timestamp) -> Timestamp? {
        var next: Timestamp?
        func consider(_ candidate: Timestamp?) {
            guard let candidate, candidate > moment else { return }
            next = next.map { min($0, candidate) } ?? candidate
        }
        for override in overrides {
            consider(override.from)
            consider(override.to)
        }
        for layer in definition.layers { consider(layer.nextChange(after: moment, in: zone)) }
        return next
    }
}

/// Somebody on call, and why it is this person.
package struct Duty: Hashable, Sendable {
    package let person: UserID
    package let reason: Reason

    package enum Reason: Hashable, Sendable {
        /// An exception was made for this time.
        case override(OverrideID)
        /// The person's turn in a layer, which is counted from 1; the first turn is 0.
        case layer(number: Int, turn: Int64)
    }
}

extension DutyLayer {
    /// Turns are counted from 0; `nil` before the layer begins, after it ends, and where it has nobody.
    func turn(at moment: Timestamp, in zone: TimeZoneRules) -> Int64? {
        guard !people.isEmpty, moment >= zone.moment(of: start), end.map({ moment < zone.moment(of: $0) }) ?? true
        else {
            return nil
        }
        let length = shift.seconds
        var turn = max((zone.local(at: moment).seconds - start.seconds).quotientFloored(by: length), 0)
        // Where the clocks were changed the wall is some turns ahead or behind; never more than a day's.
        for _ in 0..<48 where handOver(after: turn, in: zone) <= moment { turn += 1 }
        for _ in 0..<48 where turn > 0 && handOver(after: turn - 1, in: zone) > moment { turn -= 1 }
        return turn
    }

    /// Whether one of the layer's windows is open, or it has none.
    func isOpen(at moment: Timestamp, in zone: TimeZoneRules) -> Bool {
        windows.isEmpty
            || spans(around: zone.local(at: moment).date, days: -2...1).contains {
                zone.moment(of: $0.from) <= moment && moment < zone.moment(of: $0.to)
            }
    }

    func nextChange(after moment: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        let first = zone.moment(of: start)
        guard moment >= first else { return first }
        guard let turn = turn(at: moment, in: zone) else { return nil }
        var changes = [handOver(after: turn, in: zone)]
        if let end { changes.append(zone.moment(of: end)) }
        // A window that is named for one day of the week comes within eight days.
        for span in spans(around: zone.local(at: moment).date, days: -2...8) {
            changes.append(zone.moment(of: span.from))
            changes.append(zone.moment(of: span.to))
        }
        return changes.filter { $0 > moment }.min()
    }

    private var start: LocalTime { LocalTime(startsOn, handOver) }
    private var end: LocalTime? { endsOn.map { LocalTime($0, handOver) } }

    private func handOver(after turn: Int64, in zone: TimeZoneRules) -> Timestamp {
        zone.moment(of: LocalTime(seconds: start.seconds + (turn + 1) * shift.seconds))
    }

    private func spans(
        around date: CalendarDate, days: ClosedRange<Int64>
    ) -> [(from: LocalTime, to: LocalTime)] {
        days.flatMap { offset in windows.compactMap { $0.span(on: date.advanced(byDays: offset)) } }
    }
}
