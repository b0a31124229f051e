/// The part a member of staff plays; the values of the `users.role` column and of the JWT's `role` claim.
package enum Role: String, CaseIterable, Hashable, Sendable {
    case doctor = "DOCTOR"
    case admin = "ADMIN"
    case admissions = "ADMISSIONS"
    case corporateAdmin = "CORPORATE_ADMIN"
    /// Reads the audit, and nothing else.
    case auditReader = "AUDIT_READER"

    /// Whether the role has this right; inside its own clinic, except for rights whose name says `AcrossClinics`.
    package func has(_ right: Right) -> Bool {
        right.holders.contains(self)
    }
}

/// Something that a role may do. One table, `holders`, answers for REST, WebSocket and everything to come.
package enum Right: String, CaseIterable, Hashable, Sendable {
    case createAlert
    case readAlerts
    case acknowledgeAlert
    case declineAlert
    case escalateAlert
    case closeAlert
    case snoozeAlert
    case reopenAlert
    case subscribeToClinic
    case registerPatient
    case readPatients
    case changePatientStatus
    case exportPatients
    case erasePatients
    case readDashboard
    case readGateways
    case readDeadLetters
    case replayDeadLetters
    case manageMaintenance
    case manageMonitors
    case readReports
    case readAuditLogs
    case readAuditLogsAcrossClinics
    /// Everybody's contacts, rules, quiet hours and backups; one's own need no right.
    case manageStaffReach
    case readSchedules
    case manageSchedules
    case readReachability
    case manageKeys
    case readClinics
    case manageClinics
    case manageUsers
    case manageUsersAcrossClinics
    case revokeTokens
    case revokeTokensAcrossClinics
    case managePolicies
    case uploadForms
    /// Where a form stands, nothing of what it says.
    case readForms
    /// What a form says, and what becomes of it.
    case reviewForms
    case readQueues
    case readAggregatesAcrossClinics

    /// The roles that have the right. A doctor alone marks an alert as attended; what is done across clinics is counting,
    /// reading the audit, and administration, never care: no right reads a patient of another clinic.
    package var holders: [Role] {
        switch self {
        case .createAlert: [.doctor, .admin, .admissions]
        case .readAlerts: [.doctor, .admin, .admissions, .corporateAdmin]
        case .acknowledgeAlert: [.doctor]
        case .declineAlert: [.doctor, .admin]
        case .escalateAlert: [.doctor, .admin, .admissions]
        case .closeAlert: [.doctor, .admin]
        case .snoozeAlert: [.doctor, .admin]
        case .reopenAlert: [.doctor, .admin]
        case .subscribeToClinic: [.doctor, .admin, .admissions, .corporateAdmin]
        case .registerPatient: [.admin, .admissions]
        case .readPatients: [.doctor, .admin, .admissions, .corporateAdmin]
        case .changePatientStatus: [.doctor, .admin, .admissions]
        case .exportPatients: [.admin]
        case .erasePatients: [.admin]
        case .readDashboard: [.doctor, .admin, .admissions, .corporateAdmin]
        case .manageStaffReach: [.admin]
        case .readSchedules: [.doctor, .admin, .admissions, .corporateAdmin]
        case .manageSchedules: [.admin]
        case .readReachability: [.admin]
        case .readGateways: [.admin, .corporateAdmin]
        case .readDeadLetters: [.admin]
        case .replayDeadLetters: [.admin]
        case .manageMaintenance: [.admin]
        case .manageMonitors: [.admin]
        case .readReports: [.admin, .corporateAdmin]
        case .readAuditLogs: [.admin, .corporateAdmin, .auditReader]
        case .readAuditLogsAcrossClinics: [.corporateAdmin, .auditReader]
        case .manageKeys: [.admin]
        case .readClinics: [.admin, .corporateAdmin]
        case .manageClinics: [.corporateAdmin]
        case .manageUsers: [.admin, .corporateAdmin]
        case .manageUsersAcrossClinics: [.corporateAdmin]
        case .revokeTokens: [.admin, .corporateAdmin]
        case .revokeTokensAcrossClinics: [.corporateAdmin]
        case .managePolicies: [.admin]
        case .uploadForms: [.admin, .admissions]
        case .readForms: [.doctor, .admin, .admissions]
        case .reviewForms: [.admin, .admissions]
        case .readQueues: [.admin, .corporateAdmin]
        case .readAggregatesAcrossClinics: [.corporateAdmin]
        }
    }
}
