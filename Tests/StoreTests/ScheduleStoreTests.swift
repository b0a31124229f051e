import Clinic
import Database
import HubProtocol
import Testing

@testable import Store

@Suite("Schedules and reachability")
struct ScheduleStoreTests {
    private static let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
    private static let other = TenantContext(clinic: DemoData.otherClinic, actor: .user(DemoData.otherAdmin, .admin))

    static func definition(
        _ people: [UserID] = [DemoData.doctor, DemoData.backupDoctor], name: String = "doctors",
        endsOn: CalendarDate? = nil, windows: [WeeklyWindow] = []
    ) -> ScheduleDefinition {
        let layer = DutyLayer(
            name: "days", people: people, shift: .days(1), startsOn: CalendarDate(daysSince1970: 20_000),
            handOver: ClockTime("08:00") ?? .midnight, endsOn: endsOn, windows: windows)
        return ScheduleDefinition(name: name, zone: "America/Bogota", layers: [layer])
    }

    @Test("A definition comes back as it was written, whatever its shape")
    func roundTrip() async throws {
        try await StoreFixture.withStore { fixture in
            var definition = Self.definition(
                endsOn: CalendarDate("2031-02-28"),
                windows: [
                    WeeklyWindow(days: [.friday, .saturday], from: ClockTime("20:00") ?? .midnight, to: .midnight)
                ])
            definition.layers.append(definition.layers[0])
            definition.layers[1].shift = .hours(12)
            definition.layers[1].windows = []
            let wanted = definition
            let written = try await fixture.store { try await $0.schedules.create(wanted, Self.admin) }
            #expect(written.definition == wanted && written.version == 1)
            let read = try await fixture.store { try await $0.schedules.schedule(written.id, Self.admin) }
            #expect(read == written)
        }
    }

    @Test("A change names the version that it changes; each makes the next; a name stands for one schedule")
    func versions() async throws {
        try await StoreFixture.withStore { fixture in
            let id = try await fixture.store { try await $0.schedules.create(Self.definition(), Self.admin).id }
            let second = try await fixture.store {
                try await $0.schedules.replace(id, with: Self.definition(name: "renamed"), version: 1, Self.admin)
            }
            #expect(second.version == 2)
            await #expect(throws: StoreError.schedule(.versionMismatch(current: 2))) {
                try await fixture.store {
                    try await $0.schedules.replace(id, with: Self.definition(), version: 1, Self.admin)
                }
            }
            await #expect(throws: StoreError.schedule(.nameTaken)) {
                try await fixture.store { try await $0.schedules.create(Self.definition(name: "Renamed"), Self.admin) }
            }
            await #expect(throws: StoreError.schedule(.versionMismatch(current: 2))) {
                try await fixture.store { try await $0.schedules.delete(id, version: 1, Self.admin) }
            }
            try await fixture.store { try await $0.schedules.delete(id, version: 2, Self.admin) }
            await #expect(throws: StoreError.notFound(.schedule)) {
                try await fixture.store { try await $0.schedules.schedule(id, Self.admin) }
            }
            _ = try await fixture.store { try await $0.schedules.create(Self.definition(name: "renamed"), Self.admin) }
        }
    }

    @Test("People of a schedule and an override are active staff of the clinic; another clinic sees neither")
    func tenancy() async throws {
        try await StoreFixture.withStore { fixture in
            await #expect(throws: StoreError.invalidReference(.people)) {
                try await fixture.store {
                    try await $0.schedules.create(Self.definition([DemoData.otherDoctor]), Self.admin)
                }
            }
            let id = try await fixture.store { try await $0.schedules.create(Self.definition(), Self.admin).id }
            let (_, now) = try await fixture.store { try await $0.schedules.calendars(Self.admin) }
            let end = now.advanced(by: .seconds(3_600))
            await #expect(throws: StoreError.invalidReference(.userId)) {
                try await fixture.store {
                    try await $0.schedules.override(id, by: DemoData.otherDoctor, from: now, to: end, Self.admin)
                }
            }
            let override = try await fixture.store {
                try await $0.schedules.override(id, by: DemoData.admin, from: now, to: end, Self.admin)
            }
            let calendar = try await fixture.store { try await $0.schedules.calendars(of: id, Self.admin).calendars[0] }
            #expect(calendar.calendar.duty(at: now)?.reason == .override(override.duty.id))
            #expect(calendar.calendar.duty(at: end)?.reason != .override(override.duty.id))
            for error in [StoreError.notFound(.schedule)] {
                await #expect(throws: error) {
                    try await fixture.store { try await $0.schedules.schedule(id, Self.other) }
                }
                await #expect(throws: error) {
                    try await fixture.store {
                        try await $0.schedules.overrides(of: id, from: now, to: end, Self.other)
                    }
                }
                await #expect(throws: error) {
                    try await fixture.store { try await $0.schedules.delete(id, version: nil, Self.other) }
                }
            }
            await #expect(throws: StoreError.notFound(.override)) {
                try await fixture.store {
                    try await $0.schedules.delete(override.duty.id, of: id, person: nil, Self.other)
                }
            }
            await #expect(throws: StoreError.notFound(.override)) {
                try await fixture.store {
                    try await $0.schedules.delete(override.duty.id, of: id, person: DemoData.doctor, Self.admin)
                }
            }
            try await fixture.store {
                try await $0.schedules.delete(override.duty.id, of: id, person: nil, Self.admin)
            }
        }
    }

    @Test("A gap, an unreachable person and an opted-out contact are each told once, and once more when put right")
    func notices() async throws {
        try await StoreFixture.withStore { fixture in
            let settle: @Sendable () async throws -> [String] = {
                try await fixture.store { store in
                    let notices = try await store.reach.report(Self.admin).notices
                    let events = try await store.notices.settle(notices, Self.admin)?.events ?? []
                    return events.map { event in
                        guard case .operatorNotice(let notice, let isCleared, _) = event.event else { return "?" }
                        return "\(notice.kind.rawValue)\(isCleared ? " cleared" : "")"
                    }.sorted()
                }
            }
            #expect(try await settle() == [])
            let id = try await fixture.store { store in
                let definition = Self.definition(windows: [
                    WeeklyWindow(days: [.monday], from: .midnight, to: ClockTime("12:00") ?? .midnight)
                ])
                return try await store.schedules.create(definition, Self.admin).id
            }
            _ = try await fixture.store {
                try await $0.contacts.take(.stop, from: try #require(PhoneNumber("+15005550101")))
            }
            #expect(try await settle() == ["CONTACT_OPTED_OUT", "PERSON_UNREACHABLE", "SCHEDULE_GAP"])
            #expect(try await settle() == [])
            let open = try await fixture.store { try await $0.notices.openNotices(Self.admin) }
            #expect(open.count == 3 && open.contains { $0.notice.gap != nil && $0.notice.schedule == id })
            #expect(try await fixture.store { try await $0.notices.openNotices(Self.other) } == [])
            _ = try await fixture.store {
                try await $0.contacts.take(.start, from: try #require(PhoneNumber("+15005550101")))
            }
            #expect(try await settle() == ["CONTACT_OPTED_OUT cleared", "PERSON_UNREACHABLE cleared"])
            try await fixture.store { try await $0.schedules.delete(id, version: nil, Self.admin) }
            #expect(try await settle() == ["SCHEDULE_GAP cleared"])
            #expect(try await fixture.store { try await $0.notices.openNotices(Self.admin) } == [])
        }
    }

    @Test("A contact that no gateway reaches is told before it is needed, and so is whoever has no other")
    func notServed() async throws {
        try await StoreFixture.withStore { fixture in
            let report = try await fixture.store { try await $0.reach.report(Self.admin) }
            #expect(report.notices(served: [.sms, .push]).isEmpty)
            let kinds = report.notices(served: [.push]).filter { $0.user == DemoData.doctor }.map(\.kind)
            #expect(kinds == [.personUnreachable, .contactNotServed])
        }
    }

    @Test("The weekly test is queued once a week for every contact that is used, in the clinic's zone")
    func weeklyTest() async throws {
        try await StoreFixture.withStore { fixture in
            let run: @Sendable () async throws -> Int = {
                try await fixture.store { try await $0.contactTests.runIfDue(.hub(in: DemoData.clinic)) }
            }
            #expect(try await run() == 0)
            let (_, zone, now) = try await fixture.store { try await $0.contactTests.plan(Self.admin) }
            let local = zone.local(at: now)
            let plan = ContactTestStore.Plan(
                isEnabled: true, weekday: local.date.weekday,
                time: try #require(ClockTime(minutes: Int(local.secondOfDay / 60))))
            try await fixture.store { try await $0.contactTests.set(plan, Self.admin) }
            #expect(try await fixture.store { try await $0.contactTests.clinics() } == [DemoData.clinic])
            #expect(try await run() == 4)
            #expect(try await run() == 0)
            let rows = try fixture.superuser("SELECT DISTINCT purpose, template, priority FROM messages")
            #expect(
                try rows.map { "\(try $0.string("purpose")) \(try $0.string("template")) \(try $0.int("priority"))" }
                    == ["TEST TEST 0"])
            // Missed by more than six hours: not in the middle of the night.
            let hours = Int(local.secondOfDay / 3_600)
            let missed = ContactTestStore.Plan(isEnabled: true, weekday: .monday, time: .midnight)
            #expect(missed.due(by: now, zone: zone).map { $0 <= now } == true, "\(hours)")
        }
    }
}

@Suite("Zone files")
struct ZoneTableTests {
    @Test("Names lead to zones and to no other file")
    func names() {
        let zones = ZoneTable()
        #expect(zones.rules("Europe/Berlin") != nil)
        #expect(zones.rules("America/Argentina/Buenos_Aires") != nil)
        #expect(zones.rules("UTC") == .utc)
        for name in [
            "", "/", "Europe/", "/etc/passwd", "../../../etc/passwd", "Europe/../Europe/Berlin", "right/UTC",
            "posix/UTC",
            "zone.tab", "tzdata.zi", "Europe", "Nowhere/Land", "Europe/Berlin\0", "a/b/c/d",
            String(repeating: "A", count: 65),
        ] {
            #expect(zones.rules(name) == nil, "\(name)")
        }
        #expect(ZoneTable(directory: "/nowhere").rules("Europe/Berlin") == nil)
        #expect(ZoneTable(directory: "/nowhere").rules("UTC") == .utc)
    }
}
