import Clinic
import Database

/// What `audit_logs.action` says.
package enum AuditAction: String, Sendable {
    case alertCreated = "ALERT_CREATED"
    case alertRead = "READ_ALERT"
    case alertsRead = "READ_ALERTS"
    case alertDelivered = "ALERT_DELIVERED"
    case alertContactsFailed = "ALERT_CONTACTS_FAILED"
    case alertDeclined = "ALERT_DECLINED"
    case alertEscalated = "ALERT_ESCALATED"
    case alertAcknowledged = "ALERT_ACKNOWLEDGED"
    case alertClosed = "ALERT_CLOSED"
    case alertContactGone = "ALERT_CONTACT_GONE"
    case alertSnoozed = "ALERT_SNOOZED"
    case alertProgress = "ALERT_PROGRESS"
    case alertReopened = "ALERT_REOPENED"
    case alertRaisedAgain = "ALERT_RAISED_AGAIN"
    case policyCreated = "CREATE_POLICY"
    case policyChanged = "CHANGE_POLICY"
    case policyActivated = "ACTIVATE_POLICY"
    case contactAdded = "CONTACT_ADDED"
    case contactChanged = "CONTACT_CHANGED"
    case contactDeleted = "CONTACT_DELETED"
    case contactCodeSent = "CONTACT_CODE_SENT"
    case contactCodeWrong = "CONTACT_CODE_WRONG"
    case contactVerified = "CONTACT_VERIFIED"
    case contactOptedOut = "CONTACT_OPTED_OUT"
    case contactOptedIn = "CONTACT_OPTED_IN"
    case rulesChanged = "NOTIFICATION_RULES_CHANGED"
    case quietHoursChanged = "QUIET_HOURS_CHANGED"
    case backupChanged = "BACKUP_CHANGED"
    case scheduleCreated = "SCHEDULE_CREATED"
    case scheduleChanged = "SCHEDULE_CHANGED"
    case scheduleDeleted = "SCHEDULE_DELETED"
    case overrideCreated = "OVERRIDE_CREATED"
    case overrideDeleted = "OVERRIDE_DELETED"
    case contactTestsChanged = "CONTACT_TESTS_CHANGED"
    case contactsTested = "CONTACTS_TESTED"
    case deadLetterReplayed = "REPLAY_DEAD_LETTER"
    case reportRead = "READ_REPORT"
    case maintenanceBegun = "BEGIN_MAINTENANCE"
    case maintenanceEnded = "END_MAINTENANCE"
    case monitorCreated = "CREATE_MONITOR"
    case monitorRemoved = "REMOVE_MONITOR"
    case patientUpdated = "UPDATE_PATIENT"
    case patientRegistered = "CREATE_PATIENT"
    case patientRead = "READ_PATIENT"
    case patientsRead = "READ_PATIENTS"
    case patientExported = "EXPORT_PATIENT"
    case patientErased = "ERASE_PATIENT"
    case patientBillingRead = "READ_PATIENT_BILLING"
    case tokenRevoked = "REVOKE_TOKEN"
    case uploadCreated = "UPLOAD_CREATED"
    case extractionCompleted = "EXTRACTION_COMPLETED"
    case extractionFailed = "EXTRACTION_FAILED"
    case formsRead = "READ_INTAKE_FORMS"
    case formFileRead = "READ_INTAKE_FILE"
    case reviewApproved = "REVIEW_APPROVED"
    case reviewRejected = "REVIEW_REJECTED"
    case clinicFounded = "CREATE_CLINIC"
    case clinicChanged = "CHANGE_CLINIC"
    case userCreated = "CREATE_USER"
    case userChanged = "CHANGE_USER"
    case keyCreated = "CREATE_API_KEY"
    case keyRevoked = "REVOKE_API_KEY"
    case squareAccountChanged = "CHANGE_SQUARE_ACCOUNT"
    case squareAccountRemoved = "REMOVE_SQUARE_ACCOUNT"
    /// What was kept long enough.
    case expiredRemoved = "REMOVE_EXPIRED"
    case auditRead = "READ_AUDIT_LOGS"
    /// A channel's alerts are about to be sent to a screen, from a snapshot on.
    case subscribe = "SUBSCRIBE"
    /// The same, from where the screen says it stands.
    case resume = "RESUME"
    /// Showed the first token from an address while no earlier one from there was valid.
    case logIn = "LOG_IN"
    /// Showed a token; audited where it was refused.
    case authenticate = "AUTHENTICATE"
    /// Opened a connection, or said something; audited where a limit forbade it.
    case connect = "CONNECT"
    /// Asked for something over REST or the socket; audited where it was refused.
    case request = "REQUEST"
}

extension TenantContext {
    private static let insertAudit = Statement(
        "insert_audit",
        """
        INSERT INTO audit_logs
            (clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address, session_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7::text::inet, $8)
        """)

    /// The audit row of one action, to be committed with it.
    func audit<Target>(_ action: AuditAction, table: String, _ target: Identifier<Target>?) -> Call {
        Self.insertAudit(
            .id(clinic), .id(actor.user), .text(actor.roleName), .text(action.rawValue), .text(table), .id(target),
            .text(ipAddress), .text(sessionID))
    }

    private static let insertAudits = Statement(
        "insert_audits",
        """
        INSERT INTO audit_logs
            (clinic_id, actor_user_id, actor_role, target_table, ip_address, session_id, action, target_id)
        SELECT $1, $2, $3, $4, $5::text::inet, $6, done.action, done.target_id
        FROM unnest($7::text[], $8::uuid[]) WITH ORDINALITY AS done (action, target_id, place)
        ORDER BY done.place
        """)

    /// The audit rows of several actions that are committed together.
    func audit<Target>(_ done: [(AuditAction, Identifier<Target>)], table: String) -> Call {
        Self.insertAudits(
            .id(clinic), .id(actor.user), .text(actor.roleName), .text(table), .text(ipAddress), .text(sessionID),
            .array(done.map(\.0.rawValue)), .array(done.map(\.1.description)))
    }
}
