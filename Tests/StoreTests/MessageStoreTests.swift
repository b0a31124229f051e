import Clinic
import Database
import Escalation
import HubProtocol
import Testing

@testable import Store

@Suite("Messages and callbacks")
struct MessageStoreTests {
    @Test("A claim commits the attempt and returns the opened phone, once")
    func claim() async throws {
        try await StoreFixture.withStore { fixture in
            let raised = try await fixture.raise()
            let message = try #require(try await fixture.claimMessage())
            #expect(message.address.text == "+15005550101")
            #expect(message.kind == .sms)
            #expect(message.gateway == "twilio")
            #expect(message.alert == raised.id)
            #expect(message.code?.description == raised.code)
            #expect(message.number == 1)
            #expect(message.urgency == .urgent)
            #expect(message.answerWithin == .seconds(15))
            let row = try fixture.superuser("SELECT state, rank, lease_until FROM delivery_attempts")[0]
            #expect(try row.string("state") == "SUBMITTING")
            #expect(try row.optionalTimestamp("lease_until") != nil)
            #expect(try await fixture.claimMessage() == nil)
        }
    }

    @Test("A message is not claimed once its alert was answered, closed or has gone a step further")
    func fences() async throws {
        for input in [
            EscalationInput.acknowledged(by: DemoData.doctor), .closed(by: DemoData.doctor),
        ] {
            try await StoreFixture.withStore { fixture in
                let alert = try await fixture.raise().id
                _ = try await fixture.advance(alert, input)
                // Even one that the cancellation missed.
                _ = try fixture.superuser("UPDATE messages SET state = 'QUEUED'")
                #expect(try await fixture.claimMessage() == nil)
            }
        }
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            _ = try await fixture.advance(alert, .escalateNow(by: DemoData.admin))
            _ = try fixture.superuser("UPDATE messages SET state = 'QUEUED'")
            #expect(try await fixture.claimMessage()?.user == DemoData.backupDoctor)
            #expect(try await fixture.claimMessage() == nil)
        }
    }

    @Test("A claim skips an alert whose acknowledgement is being committed")
    func skipsLocked() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            let locker = try fixture.superuserConnection()
            _ = try locker.query("BEGIN")
            _ = try locker.query("SELECT FROM escalations WHERE alert_id = '\(alert)' FOR NO KEY UPDATE")
            #expect(try await fixture.claimMessage() == nil)
            _ = try locker.query("ROLLBACK")
            #expect(try await fixture.claimMessage() != nil)
        }
    }

    @Test("A delivery to the assigned doctor's phone makes the alert DELIVERED and is told")
    func delivered() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            let message = try #require(try await fixture.claimMessage())
            try await fixture.record(.accepted(providerID: "SM1"), of: message)
            #expect(try fixture.superuser("SELECT sms_sent_at FROM alerts")[0].optionalTimestamp("sms_sent_at") != nil)
            let applied = try await fixture.callback(.delivered, message)
            #expect(applied.alert == alert)
            #expect(applied.isNews)
            #expect(applied.advance?.status == .delivered)
            #expect(applied.advance?.committed?.events.map(\.event.kind) == [.alertDelivered])
            let line = try fixture.superuser(
                "SELECT attempt_id::text AS a FROM alert_timeline WHERE kind = 'DELIVERED'")
            #expect(try line.map { try $0.string("a") } == [message.attempt.description])
        }
    }

    @Test("A callback that comes before the gateway's own answer lands, and the answer does not undo it")
    func earlyCallback() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let message = try #require(try await fixture.claimMessage())
            #expect(try await fixture.callback(.delivered, message).advance?.status == .delivered)
            try await fixture.record(.accepted(providerID: "SM1"), of: message)
            let row = try fixture.superuser(
                """
                SELECT d.state, d.provider_id, d.lease_until, m.state AS message FROM delivery_attempts d
                JOIN messages m ON m.id = d.message_id
                """)[0]
            #expect(try row.string("state") == "DELIVERED")
            #expect(try row.string("provider_id") == "SM1")
            #expect(try row.optionalTimestamp("lease_until") == nil)
            #expect(try row.string("message") == "DELIVERED")
        }
    }

    @Test("Ranks only rise, whatever the order; late truth is taken; a repetition is no news")
    func ranks() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let message = try #require(try await fixture.claimMessage())
            try await fixture.record(.accepted(providerID: "SM1"), of: message)
            var states: [String] = []
            for report in [DeliveryState.sent, .accepted, .undelivered, .sent, .delivered, .undelivered, .delivered] {
                _ = try await fixture.callback(report, message)
                states.append(try fixture.superuser("SELECT state FROM delivery_attempts")[0].string("state"))
            }
            #expect(
                states == ["SENT", "SENT", "UNDELIVERED", "UNDELIVERED", "DELIVERED", "DELIVERED", "DELIVERED"])
            #expect(try await fixture.callback(.delivered, message).isNews == false)
            #expect(try fixture.superuser("SELECT FROM gateway_events").count == 4)
        }
    }

    @Test("An undelivered text to the only person called moves the escalation on at once")
    func undelivered() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let message = try #require(try await fixture.claimMessage())
            try await fixture.record(.accepted(providerID: "SM1"), of: message)
            let applied = try await fixture.callback(.undelivered, message)
            #expect(applied.advance?.status == .escalated)
            #expect(applied.advance?.messageCount == 1)
            #expect(try await fixture.claimMessage()?.user == DemoData.backupDoctor)
        }
    }

    @Test("A final refusal moves the escalation on in the same transaction; a repeated record changes nothing")
    func rejected() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let message = try #require(try await fixture.claimMessage())
            let advance = try await fixture.record(.rejected(code: "21211", retryAfter: nil), of: message)
            #expect(advance?.status == .escalated)
            #expect(try await fixture.record(.rejected(code: "21211", retryAfter: nil), of: message) == nil)
            let row = try fixture.superuser("SELECT state, error_code FROM delivery_attempts")[0]
            #expect(try row.string("state") == "REJECTED")
            #expect(try row.string("error_code") == "21211")
        }
    }

    @Test("A refusal that may pass is tried again after its delay, with the next number")
    func retry() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let first = try #require(try await fixture.claimMessage())
            try await fixture.record(.rejected(code: "20429", retryAfter: .seconds(3600)), of: first)
            let claim = try await fixture.store { try await $0.messages.claim(limit: 1) { _ in .use("twilio") } }
            #expect(claim.messages.isEmpty)
            #expect(try #require(claim.nextIn) > .seconds(3500))
            _ = try fixture.superuser("UPDATE messages SET not_before = clock_timestamp()")
            #expect(try await fixture.claimMessage()?.number == 2)
        }
    }

    @Test("An attempt whose hub died becomes UNKNOWN, and its message goes out again")
    func expiredLease() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let first = try #require(try await fixture.claimMessage())
            #expect(try await fixture.store { try await $0.messages.sweep(as: .random()) } == 0)
            _ = try fixture.superuser("UPDATE delivery_attempts SET lease_until = clock_timestamp()")
            #expect(try await fixture.store { try await $0.messages.sweep(as: .random()) } == 1)
            #expect(try fixture.superuser("SELECT state FROM delivery_attempts")[0].string("state") == "UNKNOWN")
            let second = try #require(try await fixture.claimMessage())
            #expect(second.number == 2)
            #expect(second.message == first.message)
            // The first attempt was sent after all: its callback still counts.
            #expect(try await fixture.callback(.delivered, first).advance?.status == .delivered)
        }
    }

    @Test("A failure of one attempt does not give the person up while another may arrive")
    func otherAttemptHopeful() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let first = try #require(try await fixture.claimMessage())
            try await fixture.record(.unknown(code: nil, retryAfter: .zero), of: first)
            let second = try #require(try await fixture.claimMessage())
            try await fixture.record(.accepted(providerID: "SM2"), of: second)
            #expect(try await fixture.callback(.undelivered, first).advance == nil)
            #expect(try await fixture.callback(.undelivered, second).advance?.status == .escalated)
        }
    }

    @Test("A callback for an attempt that this gateway was never given changes nothing and is kept")
    func unknownAttempt() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let message = try #require(try await fixture.claimMessage())
            for (gateway, attempt) in [("twilio", AttemptID.random()), ("other", message.attempt)] {
                let applied = try await fixture.store {
                    try await $0.callbacks.apply(
                        DeliveryCallback(
                            gateway: gateway, eventKey: "x", attempt: attempt, report: .delivered, rawHash: [1]))
                }
                #expect(applied == nil)
            }
            #expect(try fixture.superuser("SELECT FROM gateway_events").count == 0)
            #expect(try await fixture.store { try await $0.callbacks.applyKept() }.isEmpty)
            #expect(try fixture.superuser("SELECT state FROM delivery_attempts")[0].string("state") == "SUBMITTING")
            #expect(try fixture.superuser("SELECT FROM unmatched_callbacks").count == 2)
        }
    }

    @Test("A hundred callbacks and an acknowledgement at once end in one story without deadlock")
    func storm() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            let message = try #require(try await fixture.claimMessage())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<33 {
                    for report in [DeliveryState.sent, .delivered, .undelivered] {
                        group.addTask { _ = try await fixture.callback(report, message) }
                    }
                }
                group.addTask { try await fixture.record(.accepted(providerID: "SM1"), of: message) }
                group.addTask { _ = try await fixture.advance(alert, .acknowledged(by: DemoData.doctor)) }
                try await group.waitForAll()
            }
            #expect(try fixture.superuser("SELECT state FROM delivery_attempts")[0].string("state") == "DELIVERED")
            #expect(try fixture.superuser("SELECT status FROM alerts")[0].string("status") == "ACKNOWLEDGED")
            #expect(try fixture.superuser("SELECT FROM gateway_events").count == 3)
        }
    }
}
