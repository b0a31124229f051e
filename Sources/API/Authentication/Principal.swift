package import Clinic
package import Platform

/// Who makes a request: what a valid token says.
package struct Principal: Hashable, Sendable {
    package let clinic: ClinicID
    package let user: UserID
    package let role: Role
    /// When the token ends; a live socket ends with it.
    package let expiresAt: WallTime
    /// The token's `jti`, where it has one.
    package let tokenID: String?
    /// The token's `iat`, where it has one.
    package let issuedAt: WallTime?

    package init(
        clinic: ClinicID, user: UserID, role: Role, expiresAt: WallTime, tokenID: String? = nil,
        issuedAt: WallTime? = nil
    ) {
        self.clinic = clinic
        self.user = user
        self.role = role
        self.expiresAt = expiresAt
        self.tokenID = tokenID
        self.issuedAt = issuedAt
    }

    /// Whether it may be told a clinic's events.
    func mayHear(_ clinic: ClinicID) -> Bool { role.has(.subscribeToClinic) && clinic == self.clinic }

    /// - Throws: 403 that names the role and what it may not do.
    func require(_ right: Right, to act: String) throws(Problem) {
        guard role.has(right) else { throw Problem.forbidden(role.rawValue, act) }
    }
}
