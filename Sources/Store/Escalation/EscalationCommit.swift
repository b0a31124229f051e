import Clinic
import Database
import Escalation

/// The statements that store a plan: state and effects together, the events last.
struct EscalationCommit {
    let calls: [Call]
    /// How many of the last calls append events.
    let eventCount: Int

    private static let cancelOlder = Statement(
        "cancel_older_messages",
        """
        UPDATE messages SET state = 'CANCELLED'
        WHERE clinic_id = $1 AND alert_id = $2 AND generation < $3 AND state = 'QUEUED'
        """)

    private static let storeState = Statement(
        "store_escalation",
        """
        UPDATE escalations SET step = $3, loop = $4, generation = $5, phase = $6, due_at = $7, step_ends_at = $8,
            people = $9::jsonb, acknowledged_by = $10, closed_at = $11, snoozed_seconds = $12, urgency = $13,
            claimed_until = NULL
        WHERE clinic_id = $1 AND alert_id = $2
        """)

    private static let storeStatus = Statement(
        "store_alert_status",
        """
        UPDATE alerts SET status = $3,
            acknowledged_at = CASE $3 WHEN 'ACKNOWLEDGED' THEN $4 WHEN 'CLOSED' THEN acknowledged_at END,
            escalated_at = CASE WHEN $3 = 'ESCALATED' THEN COALESCE(escalated_at, $4) ELSE escalated_at END
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let storeUrgency = Statement(
        "store_alert_urgency", "UPDATE alerts SET urgency_level = $3 WHERE clinic_id = $1 AND id = $2")

    private static let insertMessage = Statement(
        "insert_message",
        """
        INSERT INTO messages
            (id, clinic_id, alert_id, user_id, contact_id, step, generation, channel, template, answer_within_seconds,
             address, priority, not_before, expires_at)
        SELECT $3, $1, $2, u.id, c.id, $5, $6, $11, $7, $8, c.address, $9,
            clock_timestamp() + $12::bigint * INTERVAL '1 microsecond',
            clock_timestamp() + $10::bigint * INTERVAL '1 microsecond'
        FROM users u JOIN contact_methods c ON c.clinic_id = $1 AND c.user_id = u.id AND c.deleted_at IS NULL
        WHERE u.clinic_id = $1 AND u.id = $4 AND u.is_active
            AND CASE WHEN $13::uuid IS NULL THEN c.from_directory ELSE c.id = $13::uuid END
        """)

    private static let insertLine = Statement(
        "insert_timeline",
        """
        INSERT INTO alert_timeline (alert_id, clinic_id, at, kind, status, step, user_id, attempt_id, detail)
        VALUES ($2, $1, clock_timestamp(), $3, $4, $5, $6, $7,
            jsonb_strip_nulls(jsonb_build_object('reason', $8::text, 'way', $9::text, 'why', $10::text)))
        """)

    init(
        _ plan: EscalationPlan, of alert: AlertID, after snapshot: EscalationSnapshot, input: EscalationInput,
        attempt: AttemptID?, _ context: TenantContext
    ) {
        let clinic = Parameter.id(context.clinic)
        let state = plan.state
        var calls: [Call] = []
        var events: [Call] = []
        if state.generation != snapshot.state.generation {
            calls.append(Self.cancelOlder(clinic, .id(alert), .integer(state.generation)))
        }
        calls.append(
            Self.storeState(
                clinic, .id(alert), .integer(state.step), .integer(state.loop), .integer(state.generation),
                .text(state.phase.name), .time(state.phase.dueAt), .time(state.phase.stepEndsAt),
                .text(PagedPerson.json(state.people)), .id(state.acceptedBy), .time(state.phase.endedAt),
                .seconds(state.snoozed), .integer(state.urgency.rank)))
        for effect in plan.effects {
            switch effect {
            case .armTimer, .disarmTimer: break  // the timer is part of the state
            case .setStatus(let status):
                calls.append(Self.storeStatus(clinic, .id(alert), .text(status.rawValue), .time(snapshot.now)))
            case .setUrgency(let urgency):
                calls.append(Self.storeUrgency(clinic, .id(alert), .text(urgency.rawValue)))
            case .page(let page):
                calls += Self.messages(page, of: alert, state, clinic)
            case .record(let entry):
                // The raise itself wrote its line.
                guard entry.kind != .raised else { continue }
                let isOfAttempt = entry.kind == .delivered || entry.kind == .contactsFailed
                let isAct = entry.kind.isAct && entry.user == context.actor.user
                calls.append(
                    Self.insertLine(
                        clinic, .id(alert), .text(entry.kind.rawValue), .text(entry.status.rawValue),
                        .integer(entry.step), .id(entry.user), .id(isOfAttempt ? attempt : nil),
                        .text(entry.reason?.rawValue), .text(isAct ? context.way?.rawValue : nil),
                        .text(isAct ? context.why?.rawValue : nil)))
            case .emit(let event):
                let event = NewEvent(event, of: alert, snapshot, after: state)
                events.append(EventAppend.call(event, clinic: context.clinic))
            }
        }
        if case .closed = input { calls.append(Hold.releasing(heldBy: alert, context.clinic)) }
        if let action = AuditAction(input) { calls.append(context.audit(action, table: "alerts", alert)) }
        self.calls = calls + events
        eventCount = events.count
    }

    /// One message for each planned contact of each recipient.
    private static func messages(
        _ page: Page, of alert: AlertID, _ state: EscalationState, _ clinic: Parameter
    ) -> [Call] {
        let validity = MessageValidity.of(answerWithin: page.answerWithin)
        return page.recipients.flatMap { recipient in
            recipient.contacts.map { contact in
                insertMessage(
                    clinic, .id(alert), .id(MessageID.random()), .id(recipient.user), .integer(page.step),
                    .integer(state.generation), .text(page.template.rawValue), .seconds(page.answerWithin),
                    .integer(state.urgency.rank), .microseconds(validity + contact.after),
                    .text(contact.kind.rawValue), .microseconds(contact.after), .id(contact.contact))
            }
        }
    }
}

extension TimelineEntry.Kind {
    /// Whether it is what somebody did, and not what became of somebody.
    fileprivate var isAct: Bool {
        switch self {
        case .declined, .escalated, .exhausted, .snoozed, .acknowledged, .workingOnIt, .unaccepted, .closed, .reopened:
            true
        default: false
        }
    }
}

extension AuditAction {
    /// nil for the raise, which wrote its own row.
    fileprivate init?(_ input: EscalationInput) {
        switch input {
        case .raised: return nil
        case .timerDue, .escalateNow, .noLiveScreen: self = .alertEscalated
        case .delivered: self = .alertDelivered
        case .contactsFailed: self = .alertContactsFailed
        case .contactGone, .scheduleEmpty: self = .alertContactGone
        case .repeated: self = .alertRaisedAgain
        case .workingOnIt: self = .alertProgress
        case .snoozed: self = .alertSnoozed
        case .reopened: self = .alertReopened
        case .acknowledged: self = .alertAcknowledged
        case .declined: self = .alertDeclined
        case .closed: self = .alertClosed
        }
    }
}
