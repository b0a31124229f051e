import Clinic
import Database
import Escalation

/// What is written in the transaction that raises an alert.
struct AlertCompany {
    var before: [Call] = []
    /// Given the alert's id, which is another one where the raise is tried again.
    var after: (AlertID) -> [Call] = { _ in [] }
    /// Told after the alert's own.
    var events: [NewEvent] = []
}

extension AlertStore {
    static let claimKey = Statement(
        "claim_idempotency_key",
        """
        INSERT INTO idempotency_keys (clinic_id, user_id, key, request_hash, alert_id) VALUES ($1, $2, $3, $4, $5)
        """)

    private static let readKey = Statement(
        "read_idempotency_key",
        """
        SELECT request_hash, alert_id FROM idempotency_keys WHERE clinic_id = $1 AND user_id = $2 AND key = $3
        """)

    // The policy's id is null, and the statement fails, where the version is no longer the active one. A doctor with one
    // contact and nothing else to heed is paged here; whoever has more is paged by the engine at once, by all their rules.
    private static let raise = Statement(
        "raise_alert",
        """
        WITH moment AS MATERIALIZED (
            SELECT clock_timestamp() AS now
        ), contact AS MATERIALIZED (
            SELECT u.id, c.id AS contact_id, c.kind, c.address
            FROM users u JOIN contact_methods c ON c.clinic_id = $1 AND c.user_id = u.id AND c.deleted_at IS NULL
            WHERE u.clinic_id = $1 AND u.id = $8::uuid AND u.is_active AND c.verified_at IS NOT NULL
                AND c.opted_out_at IS NULL AND c.kind <> 'VOICE'
                AND NOT EXISTS (
                    SELECT FROM contact_methods o
                    WHERE o.clinic_id = $1 AND o.user_id = u.id AND o.deleted_at IS NULL AND o.id <> c.id)
                AND ($23::bool OR NOT EXISTS (
                    SELECT FROM quiet_hours q WHERE q.clinic_id = $1 AND q.user_id = u.id))
        ), begin AS MATERIALIZED (
            SELECT now, EXISTS (SELECT FROM contact) AS is_paged FROM moment
        ), alert AS (
            INSERT INTO alerts
                (id, clinic_id, patient_id, assigned_to, urgency_level, room_number, reason, created_at, source,
                 alert_type)
            SELECT $2, $1, $3, $4, $5, $6, $7, now, $24, $25 FROM begin
        ), escalation AS (
            INSERT INTO escalations
                (alert_id, clinic_id, policy_id, policy_version, urgency, code, step, generation, phase, people, due_at,
                 step_ends_at)
            SELECT $2, $1,
                (SELECT id FROM escalation_policies
                 WHERE clinic_id = $1 AND id = $9::uuid AND version = $10::int AND is_active),
                $10::int, $11::smallint, $12,
                CASE WHEN is_paged THEN $13::int ELSE 0 END,
                CASE WHEN is_paged THEN $14::bigint ELSE 0 END,
                CASE WHEN is_paged THEN 'RUNNING' ELSE 'NEW' END,
                CASE WHEN is_paged THEN $15::jsonb ELSE '[]' END,
                CASE WHEN is_paged THEN now + $16::bigint * INTERVAL '1 microsecond' ELSE now END,
                CASE WHEN is_paged THEN now + $17::bigint * INTERVAL '1 microsecond' END
            FROM begin
            RETURNING due_at
        ), message AS (
            INSERT INTO messages
                (id, clinic_id, alert_id, user_id, contact_id, step, generation, channel, template,
                 answer_within_seconds, address, priority, not_before, expires_at)
            SELECT $18, $1, $2, contact.id, contact.contact_id, $13::int, $14::bigint, contact.kind, $19, $20,
                contact.address, $11::smallint, now,
                now + CASE contact.kind WHEN 'SMS' THEN $21::bigint ELSE $22::bigint END * INTERVAL '1 microsecond'
            FROM contact, begin
        ), story AS (
            INSERT INTO alert_timeline (alert_id, clinic_id, at, kind, status, step, user_id, detail)
            SELECT $2::uuid, $1::uuid, now, 'RAISED', 'PENDING', 0, NULL, '{}'::jsonb FROM begin
            UNION ALL
            SELECT $2::uuid, $1::uuid, now, 'PAGED', 'PENDING', $13::int, contact.id,
                '{"reason":"ASSIGNED_DOCTOR"}'::jsonb
            FROM contact, begin
        )
        SELECT begin.now, begin.is_paged, escalation.due_at FROM begin, escalation
        """)

    /// Writes the alert with its event, timer, message, story and audit row: one transaction, one round trip.
    ///
    /// A repeated Idempotency-Key gives the first answer again. Throws `invalidReference` for a patient or doctor that
    /// this clinic does not have. After an unknown outcome the caller may repeat it safely only with a key.
    package func raise(
        _ draft: AlertDraft, idempotency: IdempotencyKey? = nil, _ context: TenantContext
    ) async throws(StoreError) -> RaisedAlert {
        try await raise(draft, idempotency: idempotency, with: AlertCompany(), context)
    }

    /// The same together with what else must be committed with the alert, or not at all.
    func raise(
        _ draft: AlertDraft, idempotency: IdempotencyKey? = nil, with company: AlertCompany, _ context: TenantContext
    ) async throws(StoreError) -> RaisedAlert {
        var attempt = 1
        while true {
            let policy = try await policies.active(context)
            do throws(StoreError) {
                return try await raise(draft, policy: policy, idempotency: idempotency, with: company, context)
            } catch {
                guard case .database(.server(let server)) = error else { throw error }
                switch (server.sqlState, server.constraint, server.column) {
                case (_, "idempotency_keys_pkey", _):
                    return try await replay(idempotency, context)
                case (_, "escalations_open_code", _) where attempt < 5: break
                case ("23502", _, "policy_id") where attempt < 5: policies.forget(context.clinic)
                default: throw error
                }
                attempt += 1
            }
        }
    }

    private func raise(
        _ draft: AlertDraft, policy: EscalationPolicy, idempotency: IdempotencyKey?, with company: AlertCompany,
        _ context: TenantContext
    ) async throws(StoreError) -> RaisedAlert {
        let alert = AlertID.random()
        let code = AlertCode(randomBits: .random(in: 0...UInt32.max)).description
        var calls = company.before
        if let idempotency, let user = context.actor.user {
            calls.append(
                Self.claimKey(
                    .id(context.clinic), .id(user), .text(idempotency.key), .bytes(idempotency.requestHash), .id(alert))
            )
        }
        let hold = try await self.hold(of: draft, policy, context)
        let raiseIndex = calls.count
        // Nobody is called yet for what is held back.
        let first = hold == nil ? FirstPage(of: draft.urgency, assignedTo: draft.assignedTo, policy: policy) : nil
        calls.append(Self.raiseCall(alert, code: code, draft, first, policy, context))
        if let key = RepetitionKey(draft, policy) { calls.append(key.claim(for: alert, context)) }
        if let hold { calls += hold.calls(alert, context) }
        calls.append(context.audit(.alertCreated, table: "alerts", alert))
        calls += company.after(alert)
        var events = [NewEvent.raised(alert, urgency: draft.urgency, room: draft.room, patient: draft.patient)]
        if let hold { events.append(NewEvent(hold.event(alert))) }
        events += company.events
        calls += events.map { EventAppend.call($0, clinic: context.clinic) }
        let rows = try await pool.run(context, calls)
        guard let raised = rows[raiseIndex].first else { throw .database(.malformed("raise_alert")) }
        let committed = try EventAppend.committed(rows.suffix(events.count), clinic: context.clinic, vault: vault)
        return try reading { () throws(DatabaseError) in
            RaisedAlert(
                id: alert, createdAt: try raised.time("now"), status: .pending, code: code, committed: committed,
                hasMessage: try raised.bool("is_paged"), dueAt: try raised.time("due_at"))
        }
    }

    private static func raiseCall(
        _ alert: AlertID, code: String, _ draft: AlertDraft, _ first: FirstPage?, _ policy: EscalationPolicy,
        _ context: TenantContext
    ) -> Call {
        let validity = { (kind: ContactKind) in
            MessageValidity.of(kind, policy.urgencies[draft.urgency], answerWithin: first?.answerWithin)
        }
        return raise(
            .id(context.clinic), .id(alert), .id(draft.patient), .id(draft.assignedTo), .text(draft.urgency.rawValue),
            .text(draft.room), .text(draft.reason), .id(first?.doctor), .id(policy.id), .integer(policy.version),
            .integer(draft.urgency.rank), .text(code), .integer(first?.state.step ?? 0),
            .integer(first?.state.generation ?? 0), .text(PagedPerson.json(first?.state.people ?? [])),
            .microseconds(first?.dueAfter ?? .zero), .microseconds(first?.stepEndsAfter ?? .zero),
            .id(MessageID.random()), .text(first?.template.rawValue ?? TextTemplate.page.rawValue),
            .seconds(first?.answerWithin), .microseconds(validity(.sms)), .microseconds(validity(.push)),
            .bool(first?.ignoresQuietHours ?? true), .text(draft.source), .text(draft.type))
    }

    func replay(
        _ idempotency: IdempotencyKey?, _ context: TenantContext
    ) async throws(StoreError) -> RaisedAlert {
        guard let idempotency, let user = context.actor.user else { throw .idempotencyConflict }
        let rows = try await pool.run(
            context, [Self.readKey(.id(context.clinic), .id(user), .text(idempotency.key))])
        guard let row = rows[0].first else { throw .idempotencyConflict }
        let (hash, alert) = try reading { () throws(DatabaseError) -> ([UInt8], AlertID) in
            (try row.bytes("request_hash"), try row.id("alert_id"))
        }
        guard hash == idempotency.requestHash else { throw .idempotencyConflict }
        let record = try await record(alert, context)
        return RaisedAlert(
            id: alert, createdAt: record.createdAt, status: .pending, code: record.code, committed: nil,
            hasMessage: false, dueAt: nil)
    }
}
