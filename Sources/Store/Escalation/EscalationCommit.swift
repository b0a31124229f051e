import Clinic
import Database
import Escalation

/// What some plans of one clinic store, gathered for one statement a table: state and effects together, the events last.
struct EscalationCommit {
    /// In the order of the plans.
    private(set) var events: [NewEvent] = []
    private let context: TenantContext
    private var rows: [Table: [[Parameter]]] = [:]
    private var more: [Call] = []
    private var audited: [(AuditAction, AlertID)] = []

    /// In the order in which the statements are run: what is called off before what takes its place.
    private enum Table: CaseIterable {
        case older, state, status, urgency, message, line
    }

    // Alert by alert, by the one index that begins with the alert: the planner would rather read every queued message, or
    // every one of the clinic, since it expects one. Row level security holds it to the clinic.
    private static let cancelOlder = Statement(
        "cancel_older_messages",
        """
        WITH older AS MATERIALIZED (
            SELECT found.id
            FROM unnest($2::uuid[], $3::bigint[]) AS plan (alert_id, generation)
            CROSS JOIN LATERAL (
                SELECT m.id FROM messages m
                WHERE m.alert_id = plan.alert_id AND m.generation < plan.generation AND m.state || '' = 'QUEUED'
                OFFSET 0) found
        )
        UPDATE messages SET state = 'CANCELLED'
        FROM older WHERE messages.clinic_id = $1 AND messages.id = older.id AND messages.state = 'QUEUED'
        """)

    private static let storeState = Statement(
        "store_escalations",
        """
        UPDATE escalations e SET step = plan.step, loop = plan.loop, generation = plan.generation, phase = plan.phase,
            due_at = plan.due_at, step_ends_at = plan.step_ends_at, people = plan.people::jsonb,
            acknowledged_by = plan.acknowledged_by, closed_at = plan.closed_at, snoozed_seconds = plan.snoozed_seconds,
            urgency = plan.urgency, claimed_until = NULL
        FROM unnest($2::uuid[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::timestamptz[], $8::timestamptz[],
                $9::text[], $10::uuid[], $11::timestamptz[], $12::int[], $13::smallint[])
            AS plan (alert_id, step, loop, generation, phase, due_at, step_ends_at, people, acknowledged_by, closed_at,
                snoozed_seconds, urgency)
        WHERE e.clinic_id = $1 AND e.alert_id = plan.alert_id
        """)

    private static let storeStatus = Statement(
        "store_alert_statuses",
        """
        UPDATE alerts a SET status = plan.status,
            acknowledged_at = CASE plan.status
                WHEN 'ACKNOWLEDGED' THEN plan.at WHEN 'CLOSED' THEN a.acknowledged_at END,
            escalated_at = CASE
                WHEN plan.status = 'ESCALATED' THEN COALESCE(a.escalated_at, plan.at) ELSE a.escalated_at END
        FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) AS plan (alert_id, status, at)
        WHERE a.clinic_id = $1 AND a.id = plan.alert_id
        """)

    private static let storeUrgency = Statement(
        "store_alert_urgencies",
        """
        UPDATE alerts a SET urgency_level = plan.urgency
        FROM unnest($2::uuid[], $3::text[]) AS plan (alert_id, urgency)
        WHERE a.clinic_id = $1 AND a.id = plan.alert_id
        """)

    private static let insertMessages = Statement(
        "insert_messages",
        """
        INSERT INTO messages
            (id, clinic_id, alert_id, user_id, contact_id, step, generation, channel, template, answer_within_seconds,
             address, priority, not_before, expires_at)
        SELECT plan.id, $1, plan.alert_id, u.id, c.id, plan.step, plan.generation, plan.channel, plan.template,
            plan.answer_within_seconds, c.address, plan.priority,
            clock_timestamp() + plan.after * INTERVAL '1 microsecond',
            clock_timestamp() + plan.validity * INTERVAL '1 microsecond'
        FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[], $8::text[], $9::text[],
                $10::int[], $11::smallint[], $12::bigint[], $13::bigint[])
            AS plan (id, alert_id, user_id, contact_id, step, generation, channel, template, answer_within_seconds,
                priority, after, validity)
        JOIN users u ON u.clinic_id = $1 AND u.id = plan.user_id AND u.is_active
        JOIN contact_methods c ON c.clinic_id = $1 AND c.user_id = u.id AND c.deleted_at IS NULL
            AND CASE WHEN plan.contact_id IS NULL THEN c.from_directory ELSE c.id = plan.contact_id END
        """)

    private static let insertLines = Statement(
        "insert_timeline",
        """
        INSERT INTO alert_timeline (alert_id, clinic_id, at, kind, status, step, user_id, attempt_id, detail)
        SELECT plan.alert_id, $1, clock_timestamp(), plan.kind, plan.status, plan.step, plan.user_id, plan.attempt_id,
            jsonb_strip_nulls(jsonb_build_object('reason', plan.reason, 'way', plan.way, 'why', plan.why))
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int[], $6::uuid[], $7::uuid[], $8::text[], $9::text[],
                $10::text[]) WITH ORDINALITY
            AS plan (alert_id, kind, status, step, user_id, attempt_id, reason, way, why, place)
        ORDER BY plan.place
        """)

    /// For any number of plans of the context's clinic.
    init(_ context: TenantContext) { self.context = context }

    /// For one plan that applies its input.
    init(
        _ plan: EscalationPlan, of alert: AlertID, after snapshot: EscalationSnapshot, input: EscalationInput,
        attempt: AttemptID?, _ context: TenantContext
    ) {
        self.init(context)
        add(plan, of: alert, after: snapshot, input: input, attempt: attempt)
    }

    /// Everything but the events, in the order in which it is to be run.
    var writes: [Call] {
        var calls: [Call] = []
        for table in Table.allCases {
            guard let rows = rows[table], let width = rows.first?.count else { continue }
            calls.append(Call(Self.statement(table), [.id(context.clinic)] + Parameter.columns(rows, width: width)))
        }
        return calls + more + (audited.isEmpty ? [] : [context.audit(audited, table: "alerts")])
    }

    /// All of it; `EventAppend.committed` reads the results from `writes.count` on.
    var calls: [Call] { writes + EventAppend.calls(events, clinic: context.clinic) }

    /// Adds a plan that applies its input.
    mutating func add(
        _ plan: EscalationPlan, of alert: AlertID, after snapshot: EscalationSnapshot, input: EscalationInput,
        attempt: AttemptID?
    ) {
        let state = plan.state
        if state.generation != snapshot.state.generation {
            add(.older, [.id(alert), .integer(state.generation)])
        }
        add(
            .state,
            [
                .id(alert), .integer(state.step), .integer(state.loop), .integer(state.generation),
                .text(state.phase.name), .time(state.phase.dueAt), .time(state.phase.stepEndsAt),
                .text(PagedPerson.json(state.people)), .id(state.acceptedBy), .time(state.phase.endedAt),
                .seconds(state.snoozed), .integer(state.urgency.rank),
            ])
        for effect in plan.effects {
            switch effect {
            case .armTimer, .disarmTimer: break  // the timer is part of the state
            case .setStatus(let status): add(.status, [.id(alert), .text(status.rawValue), .time(snapshot.now)])
            case .setUrgency(let urgency): add(.urgency, [.id(alert), .text(urgency.rawValue)])
            case .page(let page): add(page, of: alert, state, snapshot.policy.urgencies[state.urgency])
            case .record(let entry): add(entry, of: alert, attempt: attempt)
            case .emit(let event): events.append(NewEvent(event, of: alert, snapshot, after: state))
            }
        }
        if case .closed = input { more.append(Hold.releasing(heldBy: alert, context.clinic)) }
        if let action = AuditAction(input) { audited.append((action, alert)) }
    }

    /// Adds what is no plan's: a call beside the others, and what the screens are told of it.
    mutating func add(_ call: Call, telling event: NewEvent? = nil) {
        more.append(call)
        if let event { events.append(event) }
    }

    private mutating func add(_ table: Table, _ row: [Parameter]) { rows[table, default: []].append(row) }

    private mutating func add(_ entry: TimelineEntry, of alert: AlertID, attempt: AttemptID?) {
        // The raise itself wrote its line.
        guard entry.kind != .raised else { return }
        let isOfAttempt = entry.kind == .delivered || entry.kind == .contactsFailed
        let isAct = entry.kind.isAct && entry.user == context.actor.user
        add(
            .line,
            [
                .id(alert), .text(entry.kind.rawValue), .text(entry.status.rawValue), .integer(entry.step),
                .id(entry.user), .id(isOfAttempt ? attempt : nil), .text(entry.reason?.rawValue),
                .text(isAct ? context.way?.rawValue : nil), .text(isAct ? context.why?.rawValue : nil),
            ])
    }

    /// One message for each planned contact of each recipient.
    private mutating func add(_ page: Page, of alert: AlertID, _ state: EscalationState, _ rules: UrgencyRules) {
        for recipient in page.recipients {
            for contact in recipient.contacts {
                let validity = MessageValidity.of(contact.kind, rules, answerWithin: page.answerWithin)
                add(
                    .message,
                    [
                        .id(MessageID.random()), .id(alert), .id(recipient.user), .id(contact.contact),
                        .integer(page.step), .integer(state.generation), .text(contact.kind.rawValue),
                        .text(page.template.rawValue), .seconds(page.answerWithin), .integer(state.urgency.rank),
                        .microseconds(contact.after), .microseconds(validity + contact.after),
                    ])
            }
        }
    }

    private static func statement(_ table: Table) -> Statement {
        switch table {
        case .older: cancelOlder
        case .state: storeState
        case .status: storeStatus
        case .urgency: storeUrgency
        case .message: insertMessages
        case .line: insertLines
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
