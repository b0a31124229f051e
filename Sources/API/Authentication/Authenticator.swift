import Clinic
import Hub
import HubProtocol
import Platform

/// Says who bears a token: one that is valid by itself, and not revoked. Any thread.
struct Authenticator: Sendable {
    let tokens: TokenAuthority
    let revocations: Revocations

    func verify(_ token: some StringProtocol, now: WallTime) throws(TokenRefusal) -> Principal {
        let principal = try tokens.verify(token, now: now)
        guard !principal.isRevoked(in: revocations.current) else { throw .revoked }
        return principal
    }
}

extension Principal {
    func isRevoked(in set: RevocationSet) -> Bool {
        set.isRevoked(clinic: clinic, user: user, tokenID: tokenID, issuedAt: issuedAt.map { Timestamp($0) })
    }
}

extension TokenRefusal {
    /// How a socket ends whose token is refused.
    var sessionEnd: SessionEnd {
        switch self {
        case .expired: .tokenExpired
        case .revoked: .revoked
        case .missing, .malformed, .badSignature, .notYetValid, .wrongIssuer, .wrongAudience, .claim: .badToken
        }
    }

    /// The word for it in the audit.
    var auditOutcome: String {
        switch self {
        case .missing: "NO_TOKEN"
        case .expired: "TOKEN_EXPIRED"
        case .revoked: "TOKEN_REVOKED"
        case .notYetValid: "TOKEN_NOT_YET_VALID"
        case .malformed, .badSignature, .wrongIssuer, .wrongAudience, .claim: "BAD_TOKEN"
        }
    }
}
