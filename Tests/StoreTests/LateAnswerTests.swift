import Clinic
import Database
import Escalation
import TestSupport
import Testing

@testable import Store

/// A gateway's word may overtake the answer of the call that it is about. What it has settled stays settled: a message that
/// waits for its next attempt is not taken for sent because of one that has failed.
@Suite("Answers that come after the gateway's word")
struct LateAnswerTests {
    private static let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))

    private func sweep(_ fixture: StoreFixture) async throws -> Int {
        try await fixture.store { try await $0.messages.sweep(as: .random()) }
    }

    private func state(_ fixture: StoreFixture) throws -> String {
        try fixture.superuser("SELECT state FROM messages ORDER BY created_at")[0].string("state")
    }

    /// An attempt of a hub whose session is gone, given up by another one.
    private func takenOver(_ fixture: StoreFixture) async throws -> ClaimedMessage {
        _ = try await fixture.raise()
        let claim = try await fixture.store {
            try await $0.messages.claim(limit: 1, holder: .random()) { _ in .use("twilio") }
        }
        #expect(try await sweep(fixture) == 1)
        return try #require(claim.messages.first)
    }

    @Test("An acceptance after the word of failure leaves a message that was taken over to its next attempt")
    func acceptedAfterTakeOver() async throws {
        try await StoreFixture.withStore { fixture in
            let first = try await takenOver(fixture)
            _ = try await fixture.callback(.failed, first)
            try await fixture.record(.accepted(providerID: "SM1"), of: first)
            #expect(try state(fixture) == "QUEUED")
            let second = try #require(try await fixture.claimMessage())
            #expect(second.message == first.message && second.number == 2)
            // Nor while that one is under way: if its hub dies too, the message goes out again.
            try await fixture.record(.accepted(providerID: "SM1"), of: first)
            #expect(try state(fixture) == "SUBMITTING")
        }
    }

    @Test("Neither an acceptance nor a report from before the failure ends the wait of a replayed dead letter")
    func replayed() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let first = try #require(try await fixture.claimMessage())
            _ = try await fixture.callback(.failed, first)
            #expect(try state(fixture) == "DEAD")
            _ = try await fixture.store { try await $0.deadLetters.replay(first.message, Self.admin) }
            try await fixture.record(.accepted(providerID: "SM1"), of: first)
            #expect(try state(fixture) == "QUEUED")
            #expect(try await fixture.callback(.sent, first).isNews == false)
            #expect(try state(fixture) == "QUEUED")
            #expect(try await fixture.claim().contains { $0.message == first.message && $0.number == 2 })
        }
    }

    @Test("Where the newest attempt failed and the one before may arrive, its answer ends the message's wait")
    func anotherMayArrive() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await takenOver(fixture)
            let second = try #require(try await fixture.claimMessage())
            _ = try await fixture.callback(.failed, second)
            #expect(try state(fixture) == "SUBMITTING")
            try await fixture.record(.accepted(providerID: "SM2"), of: second)
            #expect(try state(fixture) == "SUBMITTED")
        }
    }

    @Test(
        "A message that counted as sent by an attempt that then failed goes on as the newest attempt left it",
        arguments: [Duration.zero, nil])
    func countedAsSent(retryAfter: Duration?) async throws {
        try await StoreFixture.withStore { fixture in
            let first = try await takenOver(fixture)
            let second = try #require(try await fixture.claimMessage())
            _ = try await fixture.callback(.sent, first)
            #expect(try state(fixture) == "SUBMITTED")
            _ = try await fixture.callback(.undelivered, first)
            #expect(try state(fixture) == "SUBMITTED")
            let advance = try await fixture.record(.rejected(code: "busy", retryAfter: retryAfter), of: second)
            if retryAfter == nil {
                #expect(try state(fixture) == "DEAD")
                #expect(advance?.outcome == .applied)
            } else {
                let third = try #require(try await fixture.claimMessage())
                #expect(third.message == first.message && third.number == 3)
            }
        }
    }

    @Test("So it does where the newest attempt's hub dies, and not where that attempt is on its way")
    func countedAsSentAndTakenOver() async throws {
        for isOnItsWay in [false, true] {
            try await StoreFixture.withStore { fixture in
                let first = try await takenOver(fixture)
                let second = try #require(
                    try await fixture.store {
                        try await $0.messages.claim(limit: 1, holder: .random()) { _ in .use("twilio") }
                    }.messages.first)
                _ = try await fixture.callback(.sent, first)
                _ = try await fixture.callback(.undelivered, first)
                if isOnItsWay { _ = try await fixture.callback(.sent, second) }
                #expect(try await sweep(fixture) == (isOnItsWay ? 0 : 1))
                #expect(try state(fixture) == (isOnItsWay ? "SUBMITTED" : "QUEUED"))
            }
        }
    }

    @Test("A message that a gateway has, and reports as failed before that is noted, is ready again")
    func foundAndFailed() async throws {
        try await StoreFixture.withStore { fixture in
            let first = try await takenOver(fixture)
            let second = try #require(try await fixture.claimMessage())
            _ = try await fixture.callback(.failed, first)
            try await fixture.store {
                try await $0.messages.recordFound(
                    providerID: "SM1", state: .accepted, by: first.attempt, of: second)
            }
            #expect(try state(fixture) == "QUEUED")
            let third = try #require(try await fixture.claimMessage())
            #expect(third.message == first.message && third.number == 3)
        }
    }
}
