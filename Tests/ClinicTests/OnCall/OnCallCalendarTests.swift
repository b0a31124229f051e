import Testing

@testable import Clinic

@Suite("On call")
struct OnCallCalendarTests {
    static let ana = UserID(high: 0, low: 1)
    static let luis = UserID(high: 0, low: 2)
    static let eva = UserID(high: 0, low: 3)

    static func date(_ text: String) -> CalendarDate { CalendarDate(text) ?? CalendarDate(daysSince1970: 0) }
    static func time(_ text: String) -> ClockTime { ClockTime(text) ?? .midnight }

    static func layer(
        _ people: [UserID], _ shift: ShiftLength, from start: String = "2026-01-05", at handOver: String = "08:00",
        until end: String? = nil, windows: [WeeklyWindow] = []
    ) -> DutyLayer {
        DutyLayer(
            name: "layer", people: people, shift: shift, startsOn: date(start), handOver: time(handOver),
            endsOn: end.map(date), windows: windows)
    }

    static func calendar(
        _ layers: [DutyLayer], zone: String = "Europe/Berlin", overrides: [DutyOverride] = []
    ) throws -> OnCallCalendar {
        OnCallCalendar(
            ScheduleDefinition(name: "MD", zone: zone, layers: layers), zone: try ZoneFile.rules(zone),
            overrides: overrides)
    }

    @Test("a weekly rotation hands over at the same time on the wall, in summer and in winter")
    func weekly() throws {
        let calendar = try Self.calendar([Self.layer([Self.ana, Self.luis], .weeks(1))])
        // 08:00 is 07:00 UTC in winter and 06:00 UTC in summer.
        #expect(calendar.duty(at: try Timestamp("2026-01-05T06:59:59Z")) == nil)
        #expect(calendar.duty(at: try Timestamp("2026-01-05T07:00:00Z"))?.person == Self.ana)
        #expect(calendar.duty(at: try Timestamp("2026-01-12T06:59:59Z"))?.person == Self.ana)
        #expect(calendar.duty(at: try Timestamp("2026-01-12T07:00:00Z"))?.person == Self.luis)
        let summer = calendar.final(
            from: try Timestamp("2026-06-01T00:00:00Z"), to: try Timestamp("2026-06-30T00:00:00Z"))
        #expect(summer.gaps == [])
        #expect(
            summer.shifts.dropFirst().map(\.from.rfc3339) == [
                "2026-06-01T06:00:00.000Z", "2026-06-08T06:00:00.000Z", "2026-06-15T06:00:00.000Z",
                "2026-06-22T06:00:00.000Z", "2026-06-29T06:00:00.000Z",
            ])
    }

    @Test("the shift over a change of the clocks is an hour longer or shorter, and nobody is missing")
    func changeOfClocks() throws {
        let calendar = try Self.calendar([Self.layer([Self.ana, Self.luis], .hours(12), at: "20:00")])
        let spring = calendar.final(
            from: try Timestamp("2026-03-28T19:00:00Z"), to: try Timestamp("2026-03-29T18:00:00Z"))
        #expect(spring.shifts.map { $0.to.duration(since: $0.from) } == [.seconds(11 * 3_600), .seconds(12 * 3_600)])
        let autumn = calendar.final(
            from: try Timestamp("2026-10-24T18:00:00Z"), to: try Timestamp("2026-10-25T19:00:00Z"))
        #expect(autumn.shifts.map { $0.to.duration(since: $0.from) } == [.seconds(13 * 3_600), .seconds(12 * 3_600)])
    }

    @Test("a rotation of one person has no gap and no end, a layer without people nobody")
    func one() throws {
        let calendar = try Self.calendar([Self.layer([Self.ana], .days(1))])
        let year = calendar.final(
            from: try Timestamp("2027-01-01T00:00:00Z"), to: try Timestamp("2028-01-01T00:00:00Z"))
        #expect(year.gaps == [])
        #expect(Set(year.shifts.map(\.duty.person)) == [Self.ana])
        #expect(year.shifts.count == 366)
        let empty = try Self.calendar([Self.layer([], .days(1))])
        #expect(empty.duty(at: try Timestamp("2027-01-01T00:00:00Z")) == nil)
    }

    @Test("29 February is a day like any other: turns go on over it, and a layer may begin on it")
    func leapDay() throws {
        let daily = try Self.calendar([Self.layer([Self.ana, Self.luis], .days(1), from: "2028-02-28")])
        let people = try ["2028-02-28", "2028-02-29", "2028-03-01"].map { day in
            daily.duty(at: try #require(Timestamp(rfc3339: "\(day)T12:00:00Z")))?.person
        }
        #expect(people == [Self.ana, Self.luis, Self.ana])
        let weekly = try Self.calendar([Self.layer([Self.ana], .weeks(1), from: "2028-02-29", until: "2028-03-07")])
        #expect(weekly.duty(at: try Timestamp("2028-03-07T06:59:59Z"))?.person == Self.ana)
        #expect(weekly.duty(at: try Timestamp("2028-03-07T07:00:00Z")) == nil)
    }

    @Test("the last layer on duty counts, and an override before any")
    func precedence() throws {
        let nights = WeeklyWindow(
            days: Set(Weekday.allCases), from: Self.time("18:00"), to: Self.time("06:00"))
        let override = DutyOverride(
            id: OverrideID(high: 0, low: 9), person: Self.eva, from: try Timestamp("2026-02-03T22:00:00Z"),
            to: try Timestamp("2026-02-03T23:00:00Z"))
        let calendar = try Self.calendar(
            [Self.layer([Self.ana], .weeks(1)), Self.layer([Self.luis], .weeks(1), windows: [nights])],
            overrides: [override])
        let look = calendar.final(
            from: try Timestamp("2026-02-03T11:00:00Z"), to: try Timestamp("2026-02-04T11:00:00Z"))
        #expect(look.gaps == [])
        #expect(look.shifts.map(\.duty.person) == [Self.ana, Self.luis, Self.eva, Self.luis, Self.ana])
        #expect(
            look.shifts.map(\.from.rfc3339).dropFirst() == [
                "2026-02-03T17:00:00.000Z", "2026-02-03T22:00:00.000Z", "2026-02-03T23:00:00.000Z",
                "2026-02-04T05:00:00.000Z",
            ])
        #expect(look.shifts[2].duty.reason == .override(override.id))
        #expect(look.shifts[1].duty.reason == .layer(number: 2, turn: 4))
    }

    @Test("windows leave gaps, and the gaps are named")
    func gaps() throws {
        let weekdays = WeeklyWindow(
            days: Set(Weekday.allCases).subtracting([.saturday, .sunday]), from: Self.time("08:00"),
            to: Self.time("08:00"))
        let calendar = try Self.calendar([Self.layer([Self.ana], .weeks(1), windows: [weekdays])])
        let look = calendar.final(
            from: try Timestamp("2026-01-05T07:00:00Z"), to: try Timestamp("2026-01-19T07:00:00Z"))
        #expect(
            look.gaps.map { "\($0.from) \($0.to)" } == [
                "2026-01-10T07:00:00.000Z 2026-01-12T07:00:00.000Z",
                "2026-01-17T07:00:00.000Z 2026-01-19T07:00:00.000Z",
            ])
    }

    @Test("of overrides at one moment the one that began last counts; one without length is nothing")
    func overrides() throws {
        func override(_ low: UInt64, _ person: UserID, _ from: StaticString, _ to: StaticString) throws -> DutyOverride
        {
            DutyOverride(
                id: OverrideID(high: 0, low: low), person: person, from: try Timestamp(from), to: try Timestamp(to))
        }
        let calendar = try Self.calendar(
            [],
            overrides: [
                try override(3, Self.eva, "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z"),
                try override(2, Self.luis, "2026-01-01T12:00:00Z", "2026-01-01T18:00:00Z"),
                try override(1, Self.ana, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ])
        let look = calendar.final(
            from: try Timestamp("2026-01-01T00:00:00Z"), to: try Timestamp("2026-01-03T00:00:00Z"))
        #expect(look.shifts.map(\.duty.person) == [Self.ana, Self.luis, Self.ana])
        #expect(look.gaps.count == 1)
    }
}
