import Testing

@testable import Clinic

/// What holds for every schedule, tried with seeded ones around the changes of the clocks.
@Suite("On call, any schedule")
struct OnCallPropertyTests {
    private static let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
    /// Days on which clocks are changed in one of the zones, and a leap day.
    private static let moments = [
        "2026-03-08T06:00:00Z", "2026-03-29T00:30:00Z", "2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z",
        "2026-10-25T00:45:00Z", "2026-11-01T05:30:00Z", "2028-02-29T12:00:00Z", "2027-12-31T23:30:00Z",
    ].compactMap { Timestamp(rfc3339: $0) }

    private static func schedule(_ generator: inout SeededGenerator, zone: String) throws -> OnCallCalendar {
        let layers = (0..<Int.random(in: 1...4, using: &generator)).map { _ in layer(&generator) }
        let overrides = (0..<Int.random(in: 0...3, using: &generator)).map { index in
            let from = moments.randomElement(using: &generator)?.advanced(
                by: .seconds(Int64.random(in: -90_000...90_000, using: &generator)))
            let start = from ?? Timestamp(microseconds: 0)
            return DutyOverride(
                id: OverrideID(high: 1, low: UInt64(index)), person: UserID(high: 9, low: UInt64(index)), from: start,
                to: start.advanced(by: .seconds(Int64.random(in: -10...200_000, using: &generator))))
        }
        return OnCallCalendar(
            ScheduleDefinition(name: "any", zone: zone, layers: layers), zone: try ZoneFile.rules(zone),
            overrides: overrides)
    }

    private static func layer(_ generator: inout SeededGenerator) -> DutyLayer {
        let shifts: [ShiftLength] = [
            .hours(1), .hours(7), .hours(12), .hours(25), .days(1), .days(3), .weeks(1), .weeks(2), .hours(0),
        ]
        let windows = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
            WeeklyWindow(
                days: Set(Weekday.allCases.filter { _ in Bool.random(using: &generator) }),
                from: time(&generator), to: time(&generator))
        }
        let start = CalendarDate(daysSince1970: Int64.random(in: 20_000...20_900, using: &generator))
        let hasEnd = Int.random(in: 0...3, using: &generator) == 0
        return DutyLayer(
            name: "layer",
            people: (0..<Int.random(in: 1...4, using: &generator)).map { UserID(high: 0, low: UInt64($0)) },
            shift: shifts.randomElement(using: &generator) ?? .days(1), startsOn: start, handOver: time(&generator),
            endsOn: hasEnd ? start.advanced(byDays: Int64.random(in: 1...400, using: &generator)) : nil,
            windows: windows)
    }

    private static func time(_ generator: inout SeededGenerator) -> ClockTime {
        // Often within the hour that is skipped or shown twice.
        let minutes =
            Bool.random(using: &generator)
            ? Int.random(in: 55...185, using: &generator) : Int.random(in: 0...1_439, using: &generator)
        return ClockTime(minutes: minutes) ?? OnCallCalendarTests.time("00:00")
    }

    @Test("shifts and gaps cover the time asked for, once, and say what is so at every moment", arguments: zones)
    func covers(_ zone: String) throws {
        var generator = SeededGenerator(UInt64(zone.utf8.count) &* 31 &+ 5)
        for round in 0..<60 {
            let calendar = try Self.schedule(&generator, zone: zone)
            for middle in Self.moments {
                let from = middle.advanced(by: .seconds(-100_000))
                let to = middle.advanced(by: .seconds(100_000))
                let look = calendar.final(from: from, to: to)
                #expect(look.to == to)
                var spans = look.shifts.map { ($0.from, $0.to, Optional($0.duty)) }
                spans += look.gaps.map { ($0.from, $0.to, nil) }
                spans.sort { $0.0 < $1.0 }
                #expect(spans.first?.0 == from && spans.last?.1 == to, "round \(round)")
                for (one, next) in zip(spans, spans.dropFirst()) {
                    #expect(one.1 == next.0, "round \(round): a hole or an overlap")
                    #expect(one.2 != next.2, "round \(round): two spans that are one")
                }
                for (start, end, duty) in spans {
                    #expect(start < end)
                    for moment in [start, end.advanced(by: .seconds(-1)), Self.between(start, end, &generator)] {
                        #expect(calendar.duty(at: moment) == duty, "round \(round) at \(moment)")
                    }
                }
            }
        }
    }

    @Test("turns never go back: whoever follows has the next turn or a later one", arguments: zones)
    func turns(_ zone: String) throws {
        var generator = SeededGenerator(99)
        let rules = try ZoneFile.rules(zone)
        for _ in 0..<40 {
            var layer = Self.layer(&generator)
            layer.windows = []
            for middle in Self.moments {
                var last: Int64?
                for step in Int64(-60)...60 {
                    let moment = middle.advanced(by: .seconds(step * 900))
                    guard let turn = layer.turn(at: moment, in: rules) else { continue }
                    if let last { #expect(turn >= last, "\(moment)") }
                    last = turn
                }
            }
        }
    }

    private static func between(
        _ start: Timestamp, _ end: Timestamp, _ generator: inout SeededGenerator
    ) -> Timestamp {
        Timestamp(microseconds: .random(in: start.microseconds..<end.microseconds, using: &generator))
    }
}
