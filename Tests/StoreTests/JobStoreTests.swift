import Clinic
import Database
import Platform
import Testing

@testable import Store

@Suite("Durable jobs")
struct JobStoreTests {
    /// Jobs of a clinic, the oldest first.
    private func add(_ count: Int, in clinic: ClinicID, _ fixture: StoreFixture) throws {
        for _ in 0..<count {
            try fixture.superuser(
                """
                INSERT INTO jobs (id, clinic_id, queue, subject_id)
                VALUES (gen_random_uuid(), '\(clinic)', 'ocr-processing', gen_random_uuid())
                """)
        }
    }

    private func claim(_ limit: Int, _ fixture: StoreFixture, lease: Duration = .seconds(60)) async throws
        -> [ClaimedJob]
    {
        try await fixture.store { try await $0.jobs.claim(.ocrProcessing, limit: limit, lease: lease) }.jobs
    }

    @Test("A clinic with many jobs does not keep out one with few")
    func fair() async throws {
        try await StoreFixture.withStore { fixture in
            try add(20, in: DemoData.clinic, fixture)
            try add(2, in: DemoData.otherClinic, fixture)
            let first = try await claim(2, fixture)
            #expect(Set(first.map(\.clinic)) == [DemoData.clinic, DemoData.otherClinic])
            // What runs already counts as a turn.
            let more = try await claim(3, fixture)
            #expect(more.filter { $0.clinic == DemoData.otherClinic }.count == 1)
            #expect(Set((first + more).map(\.id)).count == 5)
        }
    }

    @Test("Of many hubs that claim at once each job is one's alone")
    func alone() async throws {
        try await StoreFixture.withStore { fixture in
            try add(30, in: DemoData.clinic, fixture)
            let claimed = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        // What another one is claiming just then is passed over, so an empty hand does not mean the end.
                        var mine: [ClaimedJob] = []
                        for _ in 0..<12 { mine += try await claim(5, fixture) }
                        return mine
                    }
                }
                return try await group.reduce(into: [ClaimedJob]()) { $0 += $1 }
            }
            #expect(claimed.count == 30)
            #expect(Set(claimed.map(\.id)).count == 30)
            #expect(claimed.allSatisfy { $0.attempt == 1 })
        }
    }

    @Test("A job whose lease has ended is lost, and who held it settles nothing once another attempt has it")
    func leases() async throws {
        try await StoreFixture.withStore { fixture in
            try add(1, in: DemoData.clinic, fixture)
            let first = try #require(try await claim(1, fixture, lease: .zero).first)
            let lost = try await fixture.store { try await $0.jobs.lost(.ocrProcessing) }
            #expect(lost == [first])
            let again: JobRetry.Decision = .again(after: .zero)
            try await fixture.store { store in
                _ = try await store.jobs.pool.run(
                    .hub(in: first.clinic), [JobStore.hold(first), JobStore.failed(first, again, error: "LEASE_ENDED")])
            }
            let second = try #require(try await claim(1, fixture).first)
            #expect(second.id == first.id && second.attempt == 2)
            await #expect(throws: StoreError.conflict(.leaseLost)) {
                try await fixture.store { try await $0.jobs.drop(first) }
            }
            try await fixture.store { try await $0.jobs.drop(second) }
            let state = try fixture.superuser("SELECT state, last_error FROM jobs")[0]
            #expect(try state.string("state") == "DONE")
        }
    }

    @Test("The queues' figures are the clinic's own; alert-dispatch is its messages")
    func statuses() async throws {
        try await StoreFixture.withStore { fixture in
            try add(3, in: DemoData.clinic, fixture)
            try add(1, in: DemoData.otherClinic, fixture)
            _ = try await fixture.raise()
            _ = try await claim(1, fixture)
            let statuses = try await fixture.store { try await $0.jobs.statuses(StoreFixture.staff) }
            #expect(statuses.map(\.queue) == JobQueue.allCases)
            let ocr = statuses[0]
            #expect(ocr.waiting + ocr.running == 3)
            #expect(ocr.oldestWaitingSince != nil)
            #expect(statuses[2].waiting == 1)
            #expect(statuses[3] == QueueStatus(.squareSync))
        }
    }
}
