package import Clinic
package import Platform
import Store

/// Who makes a request: what a valid token, or a key, says.
package struct Principal: Hashable, Sendable {
    /// As what the bearer acts.
    package enum Standing: Hashable, Sendable {
        case role(Role)
        /// A program, with a key that gives these rights.
        case key(Set<Right>)
    }

    package let clinic: ClinicID
    /// The key's own id where a program acts.
    package let user: UserID
    package let standing: Standing
    /// When the token ends; a live socket ends with it.
    package let expiresAt: WallTime
    /// The token's `jti`, where it has one.
    package let tokenID: String?
    /// The token's `iat`, where it has one.
    package let issuedAt: WallTime?

    package init(
        clinic: ClinicID, user: UserID, standing: Standing, expiresAt: WallTime, tokenID: String? = nil,
        issuedAt: WallTime? = nil
    ) {
        self.clinic = clinic
        self.user = user
        self.standing = standing
        self.expiresAt = expiresAt
        self.tokenID = tokenID
        self.issuedAt = issuedAt
    }

    package init(
        clinic: ClinicID, user: UserID, role: Role, expiresAt: WallTime, tokenID: String? = nil,
        issuedAt: WallTime? = nil
    ) {
        self.init(
            clinic: clinic, user: user, standing: .role(role), expiresAt: expiresAt, tokenID: tokenID,
            issuedAt: issuedAt)
    }

    /// Nil for a program.
    package var role: Role? { if case .role(let role) = standing { role } else { nil } }

    /// As the audit and refusals name it.
    package var roleName: String { role?.rawValue ?? TenantContext.Actor.keyRoleName }

    /// As whom the store sees it.
    var actor: TenantContext.Actor { role.map { .user(user, $0) } ?? .key(user) }

    package func has(_ right: Right) -> Bool {
        switch standing {
        case .role(let role): role.has(right)
        case .key(let rights): rights.contains(right)
        }
    }

    /// Whether it may be told a clinic's events.
    func mayHear(_ clinic: ClinicID) -> Bool { has(.subscribeToClinic) && clinic == self.clinic }

    /// - Throws: 403 that names the role and what it may not do.
    func require(_ right: Right, to act: String) throws(Problem) {
        guard has(right) else { throw Problem.forbidden(roleName, act) }
    }
}
