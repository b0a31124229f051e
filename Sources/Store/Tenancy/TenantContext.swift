package import Clinic
import Database

/// On whose behalf a call runs: its clinic, who acts, and what the audit row says about the request.
package struct TenantContext: Hashable, Sendable {
    package var clinic: ClinicID
    package var actor: Actor
    /// The peer's address as `inet` takes it; nil for the hub's own work.
    package var ipAddress: String?
    package var sessionID: String?
    /// By which way a person answers an alert, and why: stands in the alert's story.
    package var way: AnswerWay?
    package var why: AnswerReason?

    package init(clinic: ClinicID, actor: Actor, ipAddress: String? = nil, sessionID: String? = nil) {
        self.clinic = clinic
        self.actor = actor
        self.ipAddress = ipAddress
        self.sessionID = sessionID
    }

    /// The hub itself, inside one clinic: timers, callbacks, dispatch.
    package static func hub(in clinic: ClinicID) -> TenantContext {
        TenantContext(clinic: clinic, actor: .hub)
    }

    /// Who acts.
    package enum Actor: Hashable, Sendable {
        case user(UserID, Role)
        /// A program, by the id of its key.
        case key(UserID)
        /// Whoever runs the hub, at its command line: acts for the whole group.
        case `operator`
        case hub

        package static let keyRoleName = "API_KEY"

        package var user: UserID? {
            switch self {
            case .user(let id, _), .key(let id): id
            case .operator, .hub: nil
            }
        }

        /// What `app.current_role` and `audit_logs.actor_role` say. SYSTEM and API_KEY have no right beyond their clinic.
        var roleName: String {
            switch self {
            case .user(_, let role): role.rawValue
            case .key: Self.keyRoleName
            case .operator: Role.corporateAdmin.rawValue
            case .hub: "SYSTEM"
            }
        }
    }

    var session: SessionContext {
        SessionContext(
            clinicID: clinic.description, role: actor.roleName, userID: actor.user?.description)
    }
}
