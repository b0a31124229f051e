package import Clinic
import Database
import Escalation

/// What a gateway reports about an attempt, by rank: a report of a higher rank is taken whenever it comes, one of a lower
/// rank changes nothing. DELIVERED stands above the failures, since late truth is truth.
package enum DeliveryReport: String, CaseIterable, Sendable {
    case accepted = "ACCEPTED"
    case sent = "SENT"
    case failed = "FAILED"
    case undelivered = "UNDELIVERED"
    case delivered = "DELIVERED"
    case read = "READ"

    var rank: Int {
        switch self {
        case .accepted: 2
        case .sent: 3
        case .failed, .undelivered: 4
        case .delivered: 5
        case .read: 6
        }
    }

    var isFailure: Bool { self == .failed || self == .undelivered }
    var isReceipt: Bool { self == .delivered || self == .read }
}

/// One verified callback of a gateway.
package struct DeliveryCallback: Sendable, Equatable {
    package var gateway: String
    /// The same for every repetition of this event, and only for them, such as `MessageSid:MessageStatus`.
    package var eventKey: String
    /// From the callback's URL.
    package var attempt: AttemptID
    package var report: DeliveryReport
    package var errorCode: String?
    package var providerID: String?
    /// A digest of the raw body; the body itself names a phone and is not kept.
    package var rawHash: [UInt8]

    package init(
        gateway: String, eventKey: String, attempt: AttemptID, report: DeliveryReport, errorCode: String? = nil,
        providerID: String? = nil, rawHash: [UInt8]
    ) {
        self.gateway = gateway
        self.eventKey = eventKey
        self.attempt = attempt
        self.report = report
        self.errorCode = errorCode
        self.providerID = providerID
        self.rawHash = rawHash
    }
}

/// The callback inbox. Loop-confined.
package struct CallbackStore {
    let pool: Pool
    let escalations: EscalationStore

    /// What a callback changed.
    package struct Applied: Sendable, Equatable {
        package let clinic: ClinicID
        package let alert: AlertID
        /// False for a repetition, or a report that the attempt was past.
        package let isNews: Bool
        /// What the escalation made of it; nil if the report is no news for it.
        package let advance: EscalationStore.Advance?
    }

    private static let find = Statement(
        "find_attempt",
        """
        SELECT d.clinic_id, d.message_id, m.alert_id, m.user_id, m.step, m.generation
        FROM delivery_attempts d JOIN messages m ON m.clinic_id = d.clinic_id AND m.id = d.message_id
        WHERE d.id = $1 AND d.gateway = $2
        """)

    private static let receive = Statement(
        "receive_callback",
        """
        INSERT INTO gateway_events (gateway, event_key, clinic_id, attempt_id, status, raw_hash, applied_at)
        VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
        ON CONFLICT (gateway, event_key) DO NOTHING
        """)

    private static let rise = Statement(
        "raise_attempt_rank",
        """
        UPDATE delivery_attempts SET state = $3, rank = $4, error_code = COALESCE($5, error_code),
            provider_id = COALESCE(provider_id, $6), updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2 AND rank < $4
        """)

    private static let messageDelivered = Statement(
        "message_delivered",
        "UPDATE messages SET state = 'DELIVERED' WHERE clinic_id = $1 AND id = $2 AND state <> 'DELIVERED'")

    private static let messageOnItsWay = Statement(
        "message_on_its_way",
        "UPDATE messages SET state = 'SUBMITTED' WHERE clinic_id = $1 AND id = $2 AND state IN ('QUEUED', 'SUBMITTING')"
    )

    // Dead only if no other attempt may still arrive.
    private static let messageFailed = Statement(
        "message_failed",
        """
        UPDATE messages SET state = 'DEAD'
        WHERE clinic_id = $1 AND id = $2 AND state IN ('SUBMITTING', 'SUBMITTED')
            AND NOT EXISTS (
                SELECT FROM delivery_attempts d
                WHERE d.message_id = $2 AND d.id <> $3 AND d.state NOT IN ('REJECTED', 'FAILED', 'UNDELIVERED'))
        """)

    /// Takes a verified callback: inbox, attempt, message and escalation in one transaction. A repetition changes
    /// nothing, and one that comes before the gateway's own answer lands, since the attempt was committed before.
    ///
    /// Throws `notFound` for an attempt that this gateway was never given.
    package func apply(_ callback: DeliveryCallback) async throws(StoreError) -> Applied {
        let found = try await pool.runAsEngine([Self.find(.id(callback.attempt), .text(callback.gateway))])
        guard let row = found[0].first else { throw .notFound(.attempt) }
        let target = try reading { () throws(DatabaseError) in try Target(row) }
        let context = TenantContext.hub(in: target.clinic)
        return try await pool.interact(context) { transaction throws(StoreError) in
            try await apply(callback, target, transaction, context)
        }
    }

    private func apply(
        _ callback: DeliveryCallback, _ target: Target, _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) -> Applied {
        // The escalation's lock comes first, as in every transaction that moves an alert.
        let calls = EscalationSnapshot.calls(target.alert, clinic: target.clinic)
        let results = try await transaction.execute(
            calls + [receiveCall(callback, target), riseCall(callback, target), messageCall(callback, target)])
        let isNews = results[calls.count].affected > 0 && results[calls.count + 1].affected > 0
        let messageMoved = results[calls.count + 2].affected > 0
        var advance: EscalationStore.Advance?
        if isNews, let input = input(callback.report, target, messageMoved: messageMoved) {
            advance = try await escalations.apply(
                input, to: target.alert, try EscalationSnapshot(results[..<calls.count]), attempt: callback.attempt,
                transaction, context)
        }
        return Applied(clinic: target.clinic, alert: target.alert, isNews: isNews, advance: advance)
    }

    private func input(_ report: DeliveryReport, _ target: Target, messageMoved: Bool) -> EscalationInput? {
        if report.isReceipt { return .delivered(to: target.user) }
        guard report.isFailure, messageMoved else { return nil }
        return .contactsFailed(user: target.user, step: target.step, generation: target.generation)
    }

    private func receiveCall(_ callback: DeliveryCallback, _ target: Target) -> Call {
        Self.receive(
            .text(callback.gateway), .text(callback.eventKey), .id(target.clinic), .id(callback.attempt),
            .text(callback.report.rawValue), .bytes(callback.rawHash))
    }

    private func riseCall(_ callback: DeliveryCallback, _ target: Target) -> Call {
        Self.rise(
            .id(target.clinic), .id(callback.attempt), .text(callback.report.rawValue),
            .integer(callback.report.rank), .text(callback.errorCode), .text(callback.providerID))
    }

    private func messageCall(_ callback: DeliveryCallback, _ target: Target) -> Call {
        let clinic = Parameter.id(target.clinic)
        if callback.report.isReceipt { return Self.messageDelivered(clinic, .id(target.message)) }
        if callback.report.isFailure {
            return Self.messageFailed(clinic, .id(target.message), .id(callback.attempt))
        }
        return Self.messageOnItsWay(clinic, .id(target.message))
    }
}

/// What a callback's attempt belongs to.
private struct Target {
    let clinic: ClinicID
    let message: MessageID
    let alert: AlertID
    let user: UserID
    let step: Int
    let generation: Int64

    init(_ row: Row) throws(DatabaseError) {
        clinic = try row.id("clinic_id")
        message = try row.id("message_id")
        alert = try row.id("alert_id")
        user = try row.id("user_id")
        step = try row.int("step")
        generation = try row.int64("generation")
    }
}
