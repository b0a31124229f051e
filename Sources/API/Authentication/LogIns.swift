import Clinic
import Hub
import Platform
import Store
import Transport

/// Who is logged in, as far as this process has seen: so that the audit tells of a log-in once. Any thread; shared by the loops.
///
/// People sign in at their issuer, and the hub is shown the token. A log-in is a person's first token from an address while no
/// earlier one from there is still valid: tokens that are renewed in the background, and further tabs, are none. After a restart
/// the hub has seen nobody, and tells once more. Programs with keys do not log in.
package final class LogIns: Sendable {
    private struct Presence: Hashable {
        let clinic: ClinicID
        let user: UserID
        let address: String
    }

    private static let maximumKnown = 65_536
    private let known = Locked<[Presence: WallTime]>([:])

    package init() {}

    /// Takes note of a valid token; true where its bearer logs in with it.
    func isNew(_ principal: Principal, from address: String, now: WallTime) -> Bool {
        guard principal.role != nil else { return false }
        let presence = Presence(clinic: principal.clinic, user: principal.user, address: address)
        return known.withLock { known in
            let before = known[presence]
            if before == nil, known.count >= Self.maximumKnown {
                known = known.filter { $0.value > now }
                // Rather tell some twice than one of them not at all.
                if known.count >= Self.maximumKnown { known.removeAll() }
            }
            known[presence] = before.map { max($0, principal.expiresAt) } ?? principal.expiresAt
            return before.map { $0 <= now } ?? true
        }
    }

    /// Has the audit told of a log-in, where this is one.
    func note(
        _ principal: Principal, from peer: PeerAddress?, session: String, now: WallTime = .now(), in audit: AuditBatch
    ) {
        let address = peer?.description ?? ""
        guard isNew(principal, from: address, now: now) else { return }
        audit.note(
            AuditEntry(
                .logIn, clinic: principal.clinic, actor: principal.actor, ipAddress: peer?.description,
                sessionID: session))
    }
}
