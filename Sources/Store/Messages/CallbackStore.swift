package import Clinic
import Database
import Escalation

/// One verified callback of a gateway.
package struct DeliveryCallback: Sendable, Equatable {
    package var gateway: String
    /// The same for every repetition of this event, and only for them, such as `MessageSid:MessageStatus`.
    package var eventKey: String
    /// From the callback's URL; nil where the callback names the gateway's own id alone.
    package var attempt: AttemptID?
    package var report: DeliveryState
    package var errorCode: String?
    package var providerID: String?
    /// A digest of the raw body; the body itself names a phone and is not kept.
    package var rawHash: [UInt8]

    package init(
        gateway: String, eventKey: String, attempt: AttemptID?, report: DeliveryState, errorCode: String? = nil,
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
        /// nil for a message that proves or tests a contact.
        package let alert: AlertID?
        package let user: UserID
        package let contact: ContactID?
        /// False for a repetition, or a report that the attempt was past.
        package let isNews: Bool
        /// What the escalation made of it; nil if the report is no news for it.
        package let advance: EscalationStore.Advance?
        /// From the attempt's commit to the gateway's report.
        package let after: Duration
    }

    private static let target = """
        SELECT d.id, d.clinic_id, d.message_id, m.alert_id, m.user_id, m.contact_id, m.step, m.generation,
            (EXTRACT(EPOCH FROM statement_timestamp() - d.submitted_at) * 1000000)::bigint AS after
        FROM delivery_attempts d JOIN messages m ON m.clinic_id = d.clinic_id AND m.id = d.message_id
        """

    // Not every vendor signs the URL that names the attempt; the id of the message is signed. So a genuine report on one
    // message that is sent to another one's URL finds nothing.
    private static let find = Statement(
        name: "find_attempt",
        sql: """
            \(target) WHERE d.id = $1 AND d.gateway = $2 AND (d.provider_id IS NULL OR $3::text IS NULL OR d.provider_id = $3)
                AND NOT EXISTS (
                    SELECT FROM delivery_attempts o WHERE o.provider_id = $3 AND o.gateway = $2 AND o.id <> $1)
            """)

    private static let findByProviderID = Statement(
        name: "find_attempt_by_provider_id", sql: "\(target) WHERE d.provider_id = $1 AND d.gateway = $2")

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
        """
        UPDATE messages SET state = 'DELIVERED', dead_at = NULL, dead_reason = NULL
        WHERE clinic_id = $1 AND id = $2 AND state <> 'DELIVERED'
        """)

    // A bundle arrived after all: `settleBundles` tells each of its alerts, as if it had never been given up.
    private static let bundleDelivered = Statement(
        "late_bundle_delivered",
        """
        UPDATE messages SET state = 'BUNDLED', dead_at = NULL, dead_reason = NULL
        WHERE clinic_id = $1 AND bundled_into = $2 AND state = 'DEAD'
        """)

    private static let messageOnItsWay = Statement(
        name: "message_on_its_way",
        sql: """
            UPDATE messages SET state = 'SUBMITTED'
            WHERE clinic_id = $1 AND id = $2 AND state IN ('QUEUED', 'SUBMITTING') AND \(MessageStore.isAttemptAlive)
            """)

    // Dead only if no other attempt may still arrive.
    private static let messageFailed = Statement(
        "message_failed",
        """
        UPDATE messages SET state = 'DEAD', dead_at = clock_timestamp(), dead_reason = $4
        WHERE clinic_id = $1 AND id = $2 AND state IN ('SUBMITTING', 'SUBMITTED')
            AND NOT EXISTS (
                SELECT FROM delivery_attempts d
                WHERE d.message_id = $2 AND d.id <> $3 AND d.state NOT IN ('REJECTED', 'FAILED', 'UNDELIVERED'))
        """)

    /// Takes a verified callback: inbox, attempt, message and escalation in one transaction. A repetition changes
    /// nothing, and one that comes before the gateway's own answer lands, since the attempt was committed before.
    ///
    /// nil where its attempt is not known: it is kept, and applied by `applyKept` when it is.
    package func apply(_ callback: DeliveryCallback) async throws(StoreError) -> Applied? {
        let gateway = Parameter.text(callback.gateway)
        let found = try await pool.runAsEngine([
            callback.attempt.map { Self.find(.id($0), gateway, .text(callback.providerID)) }
                ?? Self.findByProviderID(.text(callback.providerID), gateway)
        ])
        guard let row = found[0].first else {
            try await keep(callback)
            return nil
        }
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
        let calls = target.alert.map { EscalationSnapshot.calls($0, clinic: target.clinic) } ?? []
        let others =
            target.alert.map {
                OtherContacts.calls(
                    besides: target.message, to: target.user, about: $0, generation: target.generation,
                    in: target.clinic)
            } ?? []
        let bundled =
            target.alert == nil && callback.report.isReceipt
            ? [Self.bundleDelivered(.id(target.clinic), .id(target.message))] : []
        let results = try await transaction.execute(
            calls + [receiveCall(callback, target), riseCall(callback, target), messageCall(callback, target)]
                + bundled + (callback.report.isFailure ? others : []))
        let isNews = results[calls.count].affected > 0 && results[calls.count + 1].affected > 0
        let messageMoved = results[calls.count + 2].affected > 0
        var advance: EscalationStore.Advance?
        var isHopeful = false
        if callback.report.isFailure, target.alert != nil {
            isHopeful = try OtherContacts.isHopeful(results[results.count - 1])
        }
        if isNews, let alert = target.alert,
            let input = EscalationInput(
                callback.report, to: target.user, step: target.step, generation: target.generation,
                isGivenUp: messageMoved && !isHopeful)
        {
            advance = try await escalations.apply(
                input, to: alert, try EscalationSnapshot(results[..<calls.count]), attempt: target.attempt,
                transaction, context)
        }
        return Applied(
            clinic: target.clinic, alert: target.alert, user: target.user, contact: target.contact, isNews: isNews,
            advance: advance, after: target.after)
    }

    private func receiveCall(_ callback: DeliveryCallback, _ target: Target) -> Call {
        Self.receive(
            .text(callback.gateway), .text(callback.eventKey), .id(target.clinic), .id(target.attempt),
            .text(callback.report.rawValue), .bytes(callback.rawHash))
    }

    private func riseCall(_ callback: DeliveryCallback, _ target: Target) -> Call {
        Self.rise(
            .id(target.clinic), .id(target.attempt), .text(callback.report.rawValue),
            .integer(callback.report.rank), .text(callback.errorCode), .text(callback.providerID))
    }

    private func messageCall(_ callback: DeliveryCallback, _ target: Target) -> Call {
        let clinic = Parameter.id(target.clinic)
        if callback.report.isReceipt { return Self.messageDelivered(clinic, .id(target.message)) }
        if callback.report.isFailure {
            return Self.messageFailed(
                clinic, .id(target.message), .id(target.attempt), .text(callback.errorCode))
        }
        return Self.messageOnItsWay(clinic, .id(target.message), .id(target.attempt))
    }
}

/// What a callback's attempt belongs to.
private struct Target {
    let attempt: AttemptID
    let clinic: ClinicID
    let message: MessageID
    let alert: AlertID?
    let user: UserID
    let contact: ContactID?
    let step: Int
    let generation: Int64
    let after: Duration

    init(_ row: Row) throws(DatabaseError) {
        attempt = try row.id("id")
        clinic = try row.id("clinic_id")
        message = try row.id("message_id")
        alert = try row.optionalID("alert_id")
        user = try row.id("user_id")
        contact = try row.optionalID("contact_id")
        step = try row.int("step")
        generation = try row.int64("generation")
        after = .microseconds(try row.int64("after"))
    }
}
