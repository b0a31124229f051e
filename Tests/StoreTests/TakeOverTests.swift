import Database
import Escalation
import TestSupport
import Testing

@testable import Store

@Suite("Attempts whose hub is gone")
struct TakeOverTests {
    private let hub = AttemptHolder.random()
    private let other = AttemptHolder.random()

    private func claim(_ fixture: StoreFixture) async throws -> ClaimedMessage? {
        let hub = hub
        return try await fixture.store {
            try await $0.messages.claim(limit: 1, holder: hub) { _ in .use("one") }
        }.messages.first
    }

    private func sweep(_ fixture: StoreFixture, as holder: AttemptHolder? = nil) async throws -> Int {
        let holder = holder ?? other
        return try await fixture.store { try await $0.messages.sweep(as: holder) }
    }

    private func states(_ fixture: StoreFixture) throws -> [String] {
        try fixture.superuser("SELECT state FROM messages ORDER BY created_at").map { try $0.string("state") }
    }

    @Test("While its hub's session stands they are left alone; when it ends they are UNKNOWN at the next look")
    func session() async throws {
        try await StoreFixture.withStore { fixture in
            let session = try BlockingConnection(fixture.database.settings(.hub))
            _ = try session.query("SELECT pg_advisory_lock_shared($1)", [.integer(hub.number)])
            _ = try await fixture.raise()
            let first = try #require(try await claim(fixture))
            #expect(try await sweep(fixture) == 0)
            #expect(try states(fixture) == ["SUBMITTING"])
            _ = try session.query("SELECT pg_advisory_unlock_shared($1)", [.integer(hub.number)])
            // Its hub itself leaves them to the lease: it may only have lost the session.
            #expect(try await sweep(fixture, as: hub) == 0)
            #expect(try await sweep(fixture) == 1)
            #expect(try fixture.superuser("SELECT outcome FROM delivery_attempts")[0].string("outcome") == "UNKNOWN")
            let second = try #require(try await claim(fixture))
            #expect(second.message == first.message && second.number == 2)
            #expect(second.doubtful?.attempt == first.attempt)
        }
    }

    @Test("An attempt without a holder has its lease")
    func withoutHolder() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            _ = try #require(try await fixture.claimMessage())
            #expect(try await sweep(fixture) == 0)
        }
    }

    @Test("What its own hub learns afterwards does not change that nobody knew")
    func lateOutcome() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let message = try #require(try await claim(fixture))
            #expect(try await sweep(fixture) == 1)
            try await fixture.record(.accepted(providerID: "SM1"), of: message)
            let row = try fixture.superuser("SELECT state, outcome FROM delivery_attempts")[0]
            #expect(try row.string("state") == "ACCEPTED")
            #expect(try row.string("outcome") == "UNKNOWN")
            // Not sent again yet, it need not be.
            #expect(try states(fixture) == ["SUBMITTED"])
        }
    }

    @Test("A message that is given back after the next person was called is cancelled, and no dead letter")
    func outdated() async throws {
        for gives in [true, false] {
            try await StoreFixture.withStore { fixture in
                let alert = try await fixture.raise().id
                let message = try #require(try await claim(fixture))
                try fixture.makeDue(alert)
                #expect(try await fixture.runTimers().fired.count == 1)
                if gives {
                    try await fixture.record(.rejected(code: "20429", retryAfter: .zero), of: message)
                } else {
                    #expect(try await sweep(fixture) == 1)
                }
                #expect(try states(fixture) == ["CANCELLED", "QUEUED"])
            }
        }
    }

    @Test("One that was given back in the same moment is cancelled when its time is over")
    func outdatedInTheQueue() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            _ = try #require(try await claim(fixture))
            try fixture.makeDue(alert)
            #expect(try await fixture.runTimers().fired.count == 1)
            try fixture.superuser("UPDATE messages SET state = 'QUEUED', expires_at = clock_timestamp()")
            _ = try await sweep(fixture)
            #expect(try states(fixture) == ["CANCELLED", "EXPIRED"])
            #expect(try fixture.superuser("SELECT FROM messages WHERE dead_at IS NOT NULL").count == 1)
        }
    }
}
