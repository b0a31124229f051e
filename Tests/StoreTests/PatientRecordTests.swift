import Clinic
import Database
import Testing

@testable import Store

@Suite("Patients' records")
struct PatientRecordTests {
    private static let draft = PatientDraft(
        fullName: PHI("Zoë O'Brien; DROP TABLE"), dateOfBirth: CalendarDate("1970-01-31").map(PHI.init),
        insuranceID: PHI("INS-77"), ssn: SocialSecurityNumber("123-45-6789").map(PHI.init))

    @Test("A patient is registered sealed, read with an audit row, and unknown to another clinic")
    func registered() async throws {
        try await StoreFixture.withStore { fixture in
            let patient = try await fixture.store { try await $0.patients.register(Self.draft, StoreFixture.staff) }
            #expect(patient.fullName == Self.draft.fullName)
            #expect(patient.dateOfBirth == Self.draft.dateOfBirth)
            #expect(patient.insuranceID == PHI("INS-77"))
            #expect(patient.hasSSN)
            #expect(patient.status == .waiting)
            let id = patient.id
            let read = try await fixture.store { try await $0.patients.record(of: id, StoreFixture.staff) }
            #expect(read == patient)
            let audit = try fixture.superuser(
                "SELECT action FROM audit_logs WHERE target_id = '\(id)' ORDER BY id")
            #expect(try audit.map { try $0.string("action") } == ["CREATE_PATIENT", "READ_PATIENT"])
            let stored = try fixture.superuser("SELECT patients::text AS row FROM patients WHERE id = '\(id)'")
            let row = try stored[0].string("row")
            for secret in ["Brien", "1970", "INS-77", "6789"] { #expect(!row.contains(secret)) }
            await #expect(throws: StoreError.notFound(.patient)) {
                try await fixture.store { try await $0.patients.record(of: id, .hub(in: DemoData.otherClinic)) }
            }
        }
    }

    @Test("A sealed column of another patient, or of another column, does not open")
    func swapped() async throws {
        try await StoreFixture.withStore { fixture in
            let patient = try await fixture.store { try await $0.patients.register(Self.draft, StoreFixture.staff) }
            let id = patient.id
            _ = try fixture.superuser(
                "UPDATE patients SET insurance_id = date_of_birth WHERE id = '\(id)' RETURNING id")
            await #expect(throws: StoreError.unsealable) {
                try await fixture.store { try await $0.patients.record(of: id, StoreFixture.staff) }
            }
        }
    }

    @Test("The list is paged without gaps or repetitions, the newest arrival first, by status")
    func listed() async throws {
        try await StoreFixture.withStore { fixture in
            let before = try await fixture.store { try await $0.patients.list(nil, limit: 100, StoreFixture.staff) }
            for _ in 0..<7 {
                _ = try await fixture.store { try await $0.patients.register(Self.draft, StoreFixture.staff) }
            }
            let seen = try await fixture.store { store in
                var seen: [PatientRecord] = []
                var cursor: PatientStore.Cursor?
                repeat {
                    let page = try await store.patients.list(nil, after: cursor, limit: 3, StoreFixture.staff)
                    seen += page.patients
                    cursor = page.next
                } while cursor != nil
                return seen
            }
            #expect(seen.count == before.patients.count + 7)
            #expect(Set(seen.map(\.id)).count == seen.count)
            #expect(seen.map(\.arrivedAt) == seen.map(\.arrivedAt).sorted(by: >))
            let waiting = try await fixture.store {
                try await $0.patients.list([.waiting], limit: 100, StoreFixture.staff)
            }
            #expect(waiting.patients.map(\.id) == seen.filter { $0.status == .waiting }.map(\.id))
        }
    }

    @Test("The digest of a number is one per clinic, and no plain hash")
    func digests() async throws {
        try await StoreFixture.withStore { fixture in
            let number = try #require(SocialSecurityNumber("123456789"))
            let own = fixture.vault.digests(of: PHI(number), in: DemoData.clinic)
            #expect(own == fixture.vault.digests(of: PHI(number), in: DemoData.clinic))
            #expect(own != fixture.vault.digests(of: PHI(number), in: DemoData.otherClinic))
            #expect(own[0].count == 64)
        }
    }

    @Test("A patient's orders are read newest first; a patient without any has none, an unknown one is not found")
    func billing() async throws {
        try await StoreFixture.withStore { fixture in
            let patient = DemoData.patients[0]
            let none = try await fixture.store { try await $0.patients.billing(of: patient, StoreFixture.staff) }
            #expect(none.isEmpty)
            _ = try fixture.superuser(
                """
                INSERT INTO billing_display_cache (clinic_id, patient_id, square_order_id, status, amount_cents, last_synced_at)
                VALUES ('\(DemoData.clinic)', '\(patient)', 'a', 'PENDING', 100, now() - interval '1 hour'),
                    ('\(DemoData.clinic)', '\(patient)', 'b', 'PAID', 200, now()) RETURNING id
                """)
            let orders = try await fixture.store { try await $0.patients.billing(of: patient, StoreFixture.staff) }
            #expect(orders.map(\.orderID) == ["b", "a"])
            #expect(orders.map(\.status) == [.paid, .pending])
            #expect(orders.map(\.amountCents) == [200, 100])
            await #expect(throws: StoreError.notFound(.patient)) {
                try await fixture.store { try await $0.patients.billing(of: .random(), StoreFixture.staff) }
            }
        }
    }
}
