import Clinic
import Database
import Escalation
import HubProtocol
import Testing

@testable import Store

@Suite("Lists, events, patients, receipts")
struct ReadingTests {
    @Test("The list is paged without gaps or repetitions, newest first, and filtered")
    func paging() async throws {
        try await StoreFixture.withStore { fixture in
            var ids: [AlertID] = []
            for index in 0..<7 {
                ids.append(try await fixture.raise(urgency: index.isMultiple(of: 2) ? .critical : .low).id)
            }
            let paged = try await fixture.store { store in
                var seen: [AlertID] = []
                var cursor: AlertStore.Cursor?
                repeat {
                    let page = try await store.alerts.list(
                        AlertStore.Filter(), after: cursor, limit: 3, StoreFixture.staff)
                    seen += page.alerts.map(\.id)
                    cursor = page.next
                } while cursor != nil
                return seen
            }
            #expect(paged == ids.reversed())
            _ = try await fixture.advance(ids[0], .acknowledged(by: DemoData.doctor))
            let filter = AlertStore.Filter(statuses: [.pending], urgencies: [.critical], assignedTo: DemoData.doctor)
            let page = try await fixture.store { try await $0.alerts.list(filter, limit: 100, StoreFixture.staff) }
            #expect(page.alerts.map(\.id) == [ids[6], ids[4], ids[2]])
            #expect(page.next == nil)
            #expect(page.alerts.allSatisfy { $0.patientName == PHI("J. Doe") && $0.escalatesAt != nil })
            let other = try await fixture.store {
                try await $0.alerts.list(AlertStore.Filter(), limit: 100, .hub(in: DemoData.otherClinic))
            }
            #expect(other.alerts.isEmpty)
        }
    }

    @Test("Events after a position come in order; heads tell where every channel stands")
    func events() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            _ = try await fixture.advance(alert, .acknowledged(by: DemoData.doctor))
            try await fixture.store { store in
                let all = try await store.events.events(after: 0, limit: 10, StoreFixture.staff)
                #expect(all.events.map(\.seq) == [1, 2])
                #expect(all.events[1].event.kind == .alertAcknowledged)
                let rest = try await store.events.events(after: 1, limit: 10, StoreFixture.staff)
                #expect(rest.events == [all.events[1]])
                let heads = try await store.events.heads(of: [DemoData.clinic, DemoData.otherClinic])
                #expect(heads[DemoData.clinic] == Position(epoch: all.epoch, seq: 2))
                #expect(heads[DemoData.otherClinic]?.seq == 0)
                #expect(try await store.events.position(StoreFixture.staff) == heads[DemoData.clinic])
                let foreign = try await store.events.events(after: 0, limit: 10, .hub(in: DemoData.otherClinic))
                #expect(foreign.events.isEmpty)
            }
        }
    }

    @Test("A patient's status moves forward only, each move told and counted once")
    func patientStatus() async throws {
        try await StoreFixture.withStore { fixture in
            let patient = DemoData.patients[0]
            try await fixture.store { store in
                let before = try await store.patients.flowCounts(StoreFixture.staff)
                #expect(before == PatientStore.FlowCounts(waiting: 2, beingAttended: 1, discharged: 0))
                let change = try await store.patients.changeStatus(of: patient, to: .beingAttended, StoreFixture.staff)
                #expect(change.previous == .waiting)
                #expect(
                    change.committed?.events.map(\.event) == [
                        .patientStatusChanged(patient: patient, status: .beingAttended)
                    ])
                let again = try await store.patients.changeStatus(of: patient, to: .beingAttended, StoreFixture.staff)
                #expect(again.committed == nil)
                await #expect(throws: StoreError.illegalPatientTransition(from: .beingAttended, to: .waiting)) {
                    try await store.patients.changeStatus(of: patient, to: .waiting, StoreFixture.staff)
                }
                _ = try await store.patients.changeStatus(of: patient, to: .discharged, StoreFixture.staff)
                let after = try await store.patients.flowCounts(StoreFixture.staff)
                #expect(after == PatientStore.FlowCounts(waiting: 1, beingAttended: 1, discharged: 1))
                await #expect(throws: StoreError.notFound(.patient)) {
                    try await store.patients.changeStatus(
                        of: DemoData.otherPatient, to: .discharged, StoreFixture.staff)
                }
            }
            #expect(try fixture.superuser("SELECT FROM clinic_events").count == 2)
            let discharged = try fixture.superuser("SELECT FROM patients WHERE discharged_at IS NOT NULL")
            #expect(discharged.count == 1)
        }
    }

    @Test("A receipt of the assigned doctor counts as reached once; anybody else's does not")
    func receipts() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            let session = SessionID.random()
            let mine = Receipt(seq: 1, user: DemoData.doctor, session: session, stage: .received)
            let others = Receipt(seq: 1, user: DemoData.admissions, session: .random(), stage: .rendered)
            let unknown = Receipt(seq: 99, user: DemoData.doctor, session: session, stage: .received)
            let reached = try await fixture.store {
                try await $0.events.keep([mine, others, unknown, mine], StoreFixture.staff)
            }
            #expect(reached == [EventStore.Reached(alert: alert, user: DemoData.doctor)])
            #expect(try fixture.superuser("SELECT FROM receipts").count == 2)
            let again = try await fixture.store { try await $0.events.keep([mine], StoreFixture.staff) }
            #expect(again.isEmpty)
            let advance = try await fixture.advance(alert, .delivered(to: DemoData.doctor))
            #expect(advance.status == .delivered)
        }
    }

    @Test("Staff are found in their own clinic only")
    func staff() async throws {
        try await StoreFixture.withStore { fixture in
            try await fixture.store { store in
                let doctor = try #require(try await store.staff.member(DemoData.doctor, StoreFixture.staff))
                #expect(doctor.role == .doctor && doctor.isActive && doctor.hasPhone)
                #expect(try await store.staff.member(DemoData.otherDoctor, StoreFixture.staff) == nil)
                let doctors = try await store.staff.members(role: .doctor, StoreFixture.staff)
                #expect(doctors.map(\.id) == [DemoData.doctor, DemoData.backupDoctor])
            }
        }
    }

    @Test("Seeding the demo twice leaves what is there")
    func seedTwice() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            try await fixture.seed()
            #expect(try fixture.superuser("SELECT FROM users").count == 9)
            #expect(try fixture.superuser("SELECT FROM clinic_channels").count == 2)
            #expect(try await fixture.store { try await $0.alerts.detail(alert, StoreFixture.staff) }.alert.id == alert)
        }
    }

    @Test("The demo's ids are the documented ones")
    func demoIDs() {
        #expect(DemoData.clinic.description == "00000000-0000-4000-8000-000000000001")
        #expect(DemoData.doctor.description == "00000000-0000-4000-8000-000000000101")
        #expect(DemoData.user(role: .corporateAdmin, in: DemoData.clinic) == DemoData.corporateAdmin)
        #expect(DemoData.user(role: .doctor, in: DemoData.otherClinic) == DemoData.otherDoctor)
    }
}
