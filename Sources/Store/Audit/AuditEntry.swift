package import Clinic
import Database

/// One row of `audit_logs` that stands for itself, because what it tells writes nothing else.
package struct AuditEntry: Hashable, Sendable {
    /// Nil where nobody knows which: it is stored as the id of zeros.
    package var clinic: ClinicID?
    /// Nil where nobody knows who it was.
    package var actor: TenantContext.Actor?
    package var action: AuditAction
    /// A word for what came of it; nil: it was done.
    package var outcome: String?
    /// The peer's address as `inet` takes it.
    package var ipAddress: String?
    package var sessionID: String?
    /// How often it happened; for refusals, which are told together.
    package var occurrences = 1

    package init(
        _ action: AuditAction, clinic: ClinicID?, actor: TenantContext.Actor?, outcome: String? = nil,
        ipAddress: String? = nil, sessionID: String? = nil
    ) {
        self.action = action
        self.clinic = clinic
        self.actor = actor
        self.outcome = outcome
        self.ipAddress = ipAddress
        self.sessionID = sessionID
    }
}
