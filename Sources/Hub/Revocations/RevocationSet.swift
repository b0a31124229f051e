package import Clinic
package import Store

/// Which tokens are revoked: a plain value, as large as what the database holds of those that are not over.
package struct RevocationSet: Sendable {
    private struct User: Hashable {
        let clinic: ClinicID
        let user: UserID
    }

    private struct Token: Hashable {
        let clinic: ClinicID
        let id: String
    }

    /// Until when the user's tokens are revoked, by the time they were issued, in seconds.
    private var users: [User: Int64] = [:]
    /// The token's own end in microseconds.
    private var tokens: [Token: Int64] = [:]

    package init() {}

    package var count: Int { users.count + tokens.count }

    /// Takes a revocation; false if it says nothing new.
    package mutating func add(_ revocation: Revocation) -> Bool {
        switch revocation.subject {
        case .user(let id):
            let user = User(clinic: revocation.clinic, user: id)
            let until = Self.seconds(revocation.revokedAt)
            if let known = users[user], known >= until { return false }
            users[user] = until
        case .token(let id):
            let token = Token(clinic: revocation.clinic, id: id)
            let end = revocation.expiresAt?.microseconds ?? .max
            if let known = tokens[token], known >= end { return false }
            tokens[token] = end
        }
        return true
    }

    /// Whether a token is revoked. One that does not say when it was issued counts as the oldest.
    ///
    /// Tokens tell whole seconds, so one that was issued in the very second of its user's revocation is revoked: a new one
    /// has to come a second later.
    package func isRevoked(clinic: ClinicID, user: UserID, tokenID: String?, issuedAt: Timestamp?) -> Bool {
        if let until = users[User(clinic: clinic, user: user)], issuedAt.map(Self.seconds) ?? .min <= until {
            return true
        }
        guard let tokenID else { return false }
        return tokens[Token(clinic: clinic, id: tokenID)] != nil
    }

    /// Forgets tokens that ended by themselves so long ago that nobody believes them any more.
    package mutating func removeExpired(before time: Timestamp) {
        tokens = tokens.filter { $0.value >= time.microseconds }
    }

    private static func seconds(_ time: Timestamp) -> Int64 { time.microseconds / 1_000_000 }
}
