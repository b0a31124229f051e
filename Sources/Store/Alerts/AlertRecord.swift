package import Clinic
import Database
package import HubProtocol

/// An alert as it stands, with its escalation and its patient's name.
package struct AlertRecord: Sendable, Equatable {
    package let id: AlertID
    package let clinic: ClinicID
    package let patient: PatientID
    package let patientName: PHI<String>
    package let assignedTo: UserID?
    package let urgency: UrgencyLevel
    package let room: String?
    package let reason: String?
    package let status: AlertStatus
    package let pushSentAt: Timestamp?
    package let smsSentAt: Timestamp?
    package let acknowledgedAt: Timestamp?
    package let acknowledgedBy: UserID?
    package let escalatedAt: Timestamp?
    package let closedAt: Timestamp?
    package let createdAt: Timestamp
    /// The name that text messages call it by.
    package let code: String
    /// The step entered last, from 1; 0 before the first.
    package let step: Int
    /// Whether the policy ran out without an answer.
    package let isExhausted: Bool
    /// When the next person is called, or the alarm repeated; nil where nothing is to come.
    package let escalatesAt: Timestamp?
    /// Until when nobody is called: it was put off, or is held back; nil where it is not.
    package let snoozedUntil: Timestamp?
    /// Why it is held back; nil where it is not.
    package let hold: HoldCause?
    /// The more urgent alert that holds it back.
    package let heldBy: AlertID?
    /// How often it was raised again while it was open.
    package let repeats: Int
    /// The producer's name.
    package let source: String?
    /// The producer's word for the kind of alert.
    package let type: String?

    /// The columns that `init(_:)` reads; append FROM with aliases a (alerts), e (escalations) and p (patients).
    static let columns: StaticString = """
        a.id, a.clinic_id, a.patient_id, p.full_name, a.assigned_to, a.urgency_level, a.room_number, a.reason, \
        a.status, a.push_sent_at, a.sms_sent_at, a.acknowledged_at, e.acknowledged_by, a.escalated_at, e.closed_at, \
        a.created_at, e.code, e.step, e.phase, e.due_at, a.source, a.alert_type, e.repeats, e.hold, e.held_by
        """

    init(_ row: Row, vault: PHIVault) throws(StoreError) {
        let (patient, name) = try reading { () throws(DatabaseError) -> (PatientID, [UInt8]) in
            (try row.id("patient_id"), try row.bytes("full_name"))
        }
        let patientName = try vault.openName(name, of: patient)
        self = try reading { () throws(DatabaseError) in
            try AlertRecord(row, patient: patient, patientName: patientName)
        }
    }

    private init(_ row: Row, patient: PatientID, patientName: PHI<String>) throws(DatabaseError) {
        id = try row.id("id")
        clinic = try row.id("clinic_id")
        self.patient = patient
        self.patientName = patientName
        assignedTo = try row.optionalID("assigned_to")
        urgency = try row.choice("urgency_level")
        room = try row.optionalString("room_number")
        reason = try row.optionalString("reason")
        status = try row.choice("status")
        pushSentAt = try row.optionalTime("push_sent_at")
        smsSentAt = try row.optionalTime("sms_sent_at")
        acknowledgedAt = try row.optionalTime("acknowledged_at")
        acknowledgedBy = try row.optionalID("acknowledged_by")
        escalatedAt = try row.optionalTime("escalated_at")
        closedAt = try row.optionalTime("closed_at")
        createdAt = try row.time("created_at")
        code = try row.string("code")
        step = try row.int("step")
        let phase = try row.string("phase")
        isExhausted = phase == "EXHAUSTED"
        // What is due for an accepted alert is a reminder, and calls nobody else.
        let dueAt = try row.optionalTime("due_at")
        escalatesAt = phase == "ANSWERED" ? nil : dueAt
        snoozedUntil = phase == "SNOOZED" ? dueAt : nil
        let cause: HoldCause? = try row.optionalChoice("hold")
        hold = phase == "SNOOZED" ? cause : nil
        heldBy = phase == "SNOOZED" ? try row.optionalID("held_by") : nil
        repeats = try row.int("repeats")
        source = try row.optionalString("source")
        type = try row.optionalString("alert_type")
    }
}

/// One line of an alert's story.
package struct TimelineRecord: Sendable, Equatable {
    package let at: Timestamp
    /// A `TimelineEntry.Kind`, as stored.
    package let kind: String
    package let status: AlertStatus?
    package let step: Int?
    package let user: UserID?
    package let attempt: AttemptID?
    /// A `TimelineEntry.Reason`, as stored.
    package let reason: String?
    /// By which way the person answered; nil where nobody did.
    package let way: AnswerWay?
    /// Why the person says to have done so.
    package let why: AnswerReason?
    /// Of BUNDLED: the message that took the page's place.
    package let message: MessageID?

    init(_ row: Row) throws(DatabaseError) {
        at = try row.time("at")
        kind = try row.string("kind")
        status = try row.optionalChoice("status")
        step = try row.optionalInt64("step").map { Int($0) }
        user = try row.optionalID("user_id")
        attempt = try row.optionalID("attempt_id")
        reason = try row.optionalString("reason")
        way = try row.optionalChoice("way")
        why = try row.optionalChoice("why")
        message = try row.optionalID("message_id")
    }
}

extension AlertStore.Detail {
    /// By which ways a page was to reach its person: a message, and its last attempt. Empty for another kind of line.
    package func ways(of line: TimelineRecord) -> [(message: MessageRecord, last: AttemptRecord?)] {
        guard line.kind == "PAGED" else { return [] }
        // A page and its messages are written in one transaction; the next page of the same step comes a second later.
        return messages.filter { message in
            message.user == line.user && message.step == line.step
                && abs(message.createdAt.microseconds - line.at.microseconds) < 1_000_000
        }.map { message in (message, attempts.last { $0.message == message.id }) }
    }
}

/// One try to reach a person by a gateway, as the alert's story tells it.
package struct AttemptRecord: Sendable, Equatable {
    package let id: AttemptID
    package let message: MessageID
    package let user: UserID
    package let step: Int
    package let channel: String
    package let template: String
    package let gateway: String
    package let number: Int
    package let state: String
    package let errorCode: String?
    package let submittedAt: Timestamp
    package let updatedAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        message = try row.id("message_id")
        user = try row.id("user_id")
        step = try row.int("step")
        channel = try row.string("channel")
        template = try row.string("template")
        gateway = try row.string("gateway")
        number = try row.int("number")
        state = try row.string("state")
        errorCode = try row.optionalString("error_code")
        submittedAt = try row.time("submitted_at")
        updatedAt = try row.time("updated_at")
    }
}

/// One person whose screens received or rendered an alert.
package struct SightingRecord: Sendable, Equatable {
    package let user: UserID
    package let stage: ReceiptStage
    /// The first time.
    package let at: Timestamp
    /// On how many screens.
    package let screens: Int

    init(_ row: Row) throws(DatabaseError) {
        user = try row.id("user_id")
        stage = try row.choice("stage")
        at = try row.time("at")
        screens = try row.int("screens")
    }
}

/// A member of staff whom an alert's story names.
package struct PersonRecord: Sendable, Equatable {
    package let id: UserID
    package let name: String
    package let role: Role

    init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        name = try row.string("full_name")
        role = try row.choice("role")
    }
}
