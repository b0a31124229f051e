/// Whom a step of a policy means, before it is known who that is at the moment.
///
/// JSON: `{"kind":"ASSIGNED_DOCTOR"}`, `{"kind":"BACKUP_OF_ASSIGNED"}`, `{"kind":"SCHEDULE","schedule":"<uuid>"}`,
/// `{"kind":"ROLE","role":"ADMIN"}`.
package enum EscalationTarget: Hashable, Sendable {
    /// The doctor that the alert is assigned to.
    case assignedDoctor
    /// The backup of the doctor that the alert is assigned to.
    case backupOfAssigned
    /// Whoever is on call in the schedule.
    case schedule(ScheduleID)
    /// Everybody in the clinic who has the role.
    case role(Role)

    /// The `kind` of the JSON form.
    package var kind: String {
        switch self {
        case .assignedDoctor: "ASSIGNED_DOCTOR"
        case .backupOfAssigned: "BACKUP_OF_ASSIGNED"
        case .schedule: "SCHEDULE"
        case .role: "ROLE"
        }
    }

    /// The target of a JSON form's `kind`, `role` and `schedule`; `nil` if they do not name one.
    package init?(kind: String, role: Role? = nil, schedule: ScheduleID? = nil) {
        switch (kind, role, schedule) {
        case ("ASSIGNED_DOCTOR", nil, nil): self = .assignedDoctor
        case ("BACKUP_OF_ASSIGNED", nil, nil): self = .backupOfAssigned
        case ("SCHEDULE", nil, .some(let schedule)): self = .schedule(schedule)
        case ("ROLE", .some(let role), nil): self = .role(role)
        default: return nil
        }
    }
}
