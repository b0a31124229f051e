/// Whom a step of a policy means, before it is known who that is at the moment.
///
/// JSON: `{"kind":"ASSIGNED_DOCTOR"}`, `{"kind":"BACKUP_OF_ASSIGNED"}`, `{"kind":"ROLE","role":"ADMIN"}`.
package enum EscalationTarget: Hashable, Sendable {
    /// The doctor that the alert is assigned to.
    case assignedDoctor
    /// The backup of the doctor that the alert is assigned to.
    case backupOfAssigned
    /// Everybody in the clinic who has the role.
    case role(Role)

    /// The `kind` of the JSON form.
    package var kind: String {
        switch self {
        case .assignedDoctor: "ASSIGNED_DOCTOR"
        case .backupOfAssigned: "BACKUP_OF_ASSIGNED"
        case .role: "ROLE"
        }
    }

    /// The target of a JSON form's `kind` and `role`; `nil` if they do not name one.
    package init?(kind: String, role: Role?) {
        switch (kind, role) {
        case ("ASSIGNED_DOCTOR", nil): self = .assignedDoctor
        case ("BACKUP_OF_ASSIGNED", nil): self = .backupOfAssigned
        case ("ROLE", .some(let role)): self = .role(role)
        default: return nil
        }
    }
}

/// A person to be paged, and why it is this one.
package struct Recipient: Hashable, Sendable {
    /// Who.
    package let user: UserID
    /// The target that this person was found by.
    package let target: EscalationTarget

    package init(user: UserID, target: EscalationTarget) {
        self.user = user
        self.target = target
    }
}
