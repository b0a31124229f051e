import Clinic
import Testing

@testable import Store

@Suite("Preferences")
struct PreferenceStoreTests {
    private static let context = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))

    @Test("Rules are kept in order, replaced whole, and name contacts of the person alone")
    func rules() async throws {
        try await StoreFixture.withStore { fixture in
            let own = try await fixture.store {
                try await $0.contacts.contacts(of: DemoData.doctor, Self.context)[0].id
            }
            let foreign = try await fixture.store {
                try await $0.contacts.contacts(of: DemoData.backupDoctor, Self.context)[0].id
            }
            var rules = PerUrgency<[NotificationRule]>(all: [])
            rules.moderate = [NotificationRule(contact: own, after: .seconds(300))]
            let wanted = rules
            try await fixture.store { try await $0.preferences.set(wanted, of: DemoData.doctor, Self.context) }
            #expect(
                try await fixture.store { try await $0.preferences.rules(of: DemoData.doctor, Self.context) } == wanted)
            rules.low = [NotificationRule(contact: foreign, after: .zero)]
            let wrong = rules
            await #expect(throws: StoreError.invalidReference(.contactId)) {
                try await fixture.store { try await $0.preferences.set(wrong, of: DemoData.doctor, Self.context) }
            }
            #expect(
                try await fixture.store { try await $0.preferences.rules(of: DemoData.doctor, Self.context) } == wanted)
        }
    }

    @Test("Quiet hours are set, read and taken away")
    func quiet() async throws {
        try await StoreFixture.withStore { fixture in
            let night = WeeklyWindow(days: [.monday, .sunday], from: ClockTime("22:00") ?? .midnight, to: .midnight)
            let quiet = QuietHours(zone: "Europe/Berlin", windows: [night])
            try await fixture.store { try await $0.preferences.set(quiet, of: DemoData.doctor, Self.context) }
            #expect(
                try await fixture.store { try await $0.preferences.quietHours(of: DemoData.doctor, Self.context) }
                    == quiet)
            try await fixture.store {
                try await $0.preferences.set(nil as QuietHours?, of: DemoData.doctor, Self.context)
            }
            #expect(
                try await fixture.store { try await $0.preferences.quietHours(of: DemoData.doctor, Self.context) }
                    == nil)
        }
    }

    @Test("A backup is another active doctor of the clinic")
    func backup() async throws {
        try await StoreFixture.withStore { fixture in
            #expect(
                try await fixture.store { try await $0.preferences.backup(of: DemoData.doctor, Self.context) }
                    == DemoData.backupDoctor)
            for wrong in [DemoData.doctor, DemoData.admin, DemoData.otherDoctor] {
                await #expect(throws: StoreError.invalidReference(.backupId)) {
                    try await fixture.store {
                        try await $0.preferences.set(backup: wrong, of: DemoData.doctor, Self.context)
                    }
                }
            }
            await #expect(throws: StoreError.invalidReference(.notDoctor)) {
                try await fixture.store {
                    try await $0.preferences.set(backup: DemoData.doctor, of: DemoData.admin, Self.context)
                }
            }
            await #expect(throws: StoreError.notFound(.user)) {
                try await fixture.store {
                    try await $0.preferences.set(backup: DemoData.doctor, of: DemoData.otherDoctor, Self.context)
                }
            }
            try await fixture.store {
                try await $0.preferences.set(backup: nil, of: DemoData.doctor, Self.context)
                try await $0.preferences.set(backup: DemoData.doctor, of: DemoData.backupDoctor, Self.context)
            }
            #expect(
                try await fixture.store { try await $0.preferences.backup(of: DemoData.doctor, Self.context) } == nil)
        }
    }
}
