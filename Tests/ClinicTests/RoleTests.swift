import Testing

@testable import Clinic

@Suite("Role and Right")
struct RoleTests {
    // Written out once more, by role: a slip in either table shows as a difference.
    private let rights: [Role: Set<Right>] = [
        .doctor: [
            .createAlert, .readAlerts, .acknowledgeAlert, .declineAlert, .escalateAlert, .closeAlert,
            .snoozeAlert, .reopenAlert, .subscribeToClinic, .readPatients, .changePatientStatus, .readDashboard,
            .readSchedules, .readForms,
        ],
        .admin: [
            .createAlert, .readAlerts, .declineAlert, .escalateAlert, .closeAlert, .snoozeAlert, .reopenAlert,
            .subscribeToClinic, .registerPatient, .readReports, .manageMaintenance, .manageMonitors,
            .readPatients, .changePatientStatus, .readDashboard, .readAuditLogs, .manageStaffReach, .readSchedules,
            .manageSchedules, .readReachability, .revokeTokens, .managePolicies,
            .readGateways, .readDeadLetters, .replayDeadLetters, .uploadForms, .readForms, .reviewForms, .readQueues,
            .manageKeys, .readClinics, .manageUsers, .exportPatients, .erasePatients,
        ],
        .admissions: [
            .createAlert, .readAlerts, .escalateAlert, .subscribeToClinic, .registerPatient, .readPatients,
            .changePatientStatus, .readDashboard, .readSchedules, .uploadForms, .readForms, .reviewForms,
        ],
        .corporateAdmin: [
            .readAlerts, .subscribeToClinic, .readSchedules, .readPatients, .readDashboard, .readReports,
            .readAuditLogs, .readAggregatesAcrossClinics, .revokeTokens, .revokeTokensAcrossClinics,
            .readGateways, .readQueues,
            .readAuditLogsAcrossClinics, .readClinics, .manageClinics, .manageUsers,
            .manageUsersAcrossClinics,
        ],
        .auditReader: [.readAuditLogs, .readAuditLogsAcrossClinics],
    ]

    @Test("every role has exactly its rights", arguments: Role.allCases, Right.allCases)
    func table(_ role: Role, _ right: Right) throws {
        #expect(role.has(right) == (try #require(rights[role])).contains(right))
    }

    @Test("roles are spelled as the users table and the token spell them")
    func names() {
        #expect(Role.allCases.map(\.rawValue) == ["DOCTOR", "ADMIN", "ADMISSIONS", "CORPORATE_ADMIN", "AUDIT_READER"])
        #expect(Role(rawValue: "doctor") == nil)
    }
}
