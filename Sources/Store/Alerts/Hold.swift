import Clinic
import Database
import Escalation
import HubProtocol

/// Why nobody is called for a new alert yet. It is shown as any other, and its timer is armed: it is never lost.
struct Hold: Equatable {
    /// How long a more urgent alert of the same patient holds others back, if nobody closes it before.
    static let longestInhibition = Duration.seconds(3_600)

    let cause: HoldCause
    /// The more urgent alert, where one is the cause.
    let by: AlertID?
    let until: Clinic.Timestamp
    let now: Clinic.Timestamp

    private static let set = Statement(
        "hold_alert",
        """
        UPDATE escalations SET phase = 'SNOOZED', due_at = $3, step_ends_at = NULL, hold = $4, held_by = $5
        WHERE clinic_id = $1 AND alert_id = $2
        """)

    private static let line = Statement(
        "insert_hold_line",
        """
        INSERT INTO alert_timeline (alert_id, clinic_id, kind, status, step, detail)
        VALUES ($2, $1, 'HELD', 'PENDING', 0, jsonb_build_object('reason', $3::text))
        """)

    private static let clear = Statement(
        "release_alert", "UPDATE escalations SET hold = NULL, held_by = NULL WHERE clinic_id = $1 AND alert_id = $2")

    private static let releaseHeld = Statement(
        "release_held_alerts",
        """
        UPDATE escalations SET due_at = clock_timestamp()
        WHERE clinic_id = $1 AND held_by = $2 AND phase = 'SNOOZED' AND due_at > clock_timestamp()
        """)

    /// Holds the alert that the same transaction has just written.
    func calls(_ alert: AlertID, _ context: TenantContext) -> [Call] {
        [
            Self.set(
                .id(context.clinic), .id(alert), .time(until), .text(cause.rawValue), .id(by)),
            Self.line(.id(context.clinic), .id(alert), .text(cause.rawValue)),
        ]
    }

    func event(_ alert: AlertID) -> HubEvent { .alertInhibited(alert: alert, by: by, until: until, at: now) }

    /// The alert is called for now.
    static func released(_ alert: AlertID, _ clinic: ClinicID) -> Call { clear(.id(clinic), .id(alert)) }

    /// The alert is over: those that it held back are called for at once.
    static func releasing(heldBy alert: AlertID, _ clinic: ClinicID) -> Call { releaseHeld(.id(clinic), .id(alert)) }
}

extension AlertStore {
    private static let findHold = Statement(
        "find_hold",
        """
        SELECT found.*, clock_timestamp() AS now FROM (
            SELECT 'INHIBITED' AS cause, a.id AS by, clock_timestamp() + $7::bigint * INTERVAL '1 microsecond' AS until
            FROM alerts a
            WHERE a.clinic_id = $1 AND a.patient_id = $2 AND a.status <> 'CLOSED'
                AND a.urgency_level = ANY ($3::text[])
            UNION ALL
            SELECT 'MAINTENANCE', NULL, w.ends_at FROM maintenance_windows w
            WHERE w.clinic_id = $1 AND w.announced_at IS NULL AND w.begins_at <= clock_timestamp()
                AND w.ends_at > clock_timestamp() AND $4 = ANY (w.suppresses)
                AND (w.source IS NULL OR w.source = $5::text) AND $6::bool
        ) found
        ORDER BY found.until DESC LIMIT 1
        """)

    /// Whether the alert is to be held back. CRITICAL never is.
    func hold(
        of draft: AlertDraft, _ policy: EscalationPolicy, _ context: TenantContext
    ) async throws(StoreError) -> Hold? {
        guard draft.urgency != .critical else { return nil }
        let inhibitors = policy.inhibit.filter { rule in
            rule.mute.contains(draft.urgency) && rule.when > draft.urgency && rule.same == [.patientID]
        }.map(\.when.rawValue)
        let isMaintainable = policy.maintenance.suppress.contains(draft.urgency)
        guard !inhibitors.isEmpty || isMaintainable else { return nil }
        let rows = try await pool.run(
            context,
            [
                Self.findHold(
                    .id(context.clinic), .id(draft.patient), .array(inhibitors), .text(draft.urgency.rawValue),
                    .text(draft.source), .bool(isMaintainable), .microseconds(Hold.longestInhibition))
            ])
        guard let row = rows[0].first else { return nil }
        return try reading { () throws(DatabaseError) in
            Hold(
                cause: try row.choice("cause"), by: try row.optionalID("by"), until: try row.time("until"),
                now: try row.time("now"))
        }
    }
}
