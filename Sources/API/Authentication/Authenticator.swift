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
        guard !isRevoked(principal) else { throw .revoked }
        return principal
    }

    /// The same; a token whose key is unknown waits for one fetch of the issuer's keys, where there may be one.
    func verifyFetchingKeys(_ token: some StringProtocol) async throws(TokenRefusal) -> Principal {
        do throws(TokenRefusal) {
            return try verify(token, now: .now())
        } catch {
            guard error.mayPassWithOtherKeys, await fetchKeys() else { throw error }
        }
        return try verify(token, now: .now())
    }

    /// Fetches the issuer's keys anew; false where that may not be now.
    func fetchKeys() async -> Bool { await tokens.fetchKeys() }

    func isRevoked(_ principal: Principal) -> Bool { principal.isRevoked(in: revocations.current) }
}

extension Principal {
    func isRevoked(in set: RevocationSet) -> Bool {
        set.isRevoked(clinic: clinic, user: user, tokenID: tokenID, issuedAt: issuedAt.map { Timestamp($0) })
    }
}

extension TokenRefusal {
    /// Whether the issuer's keys, fetched anew, may make the token good.
    var mayPassWithOtherKeys: Bool { self == .unknownKey || self == .noKeySet }

    /// How a socket ends whose token is refused.
    var sessionEnd: SessionEnd {
        switch self {
        case .expired: .tokenExpired
        case .revoked: .revoked
        case .noKeySet: .tryAgainLater
        case .missing, .malformed, .unknownKey, .badSignature, .notYetValid, .wrongIssuer, .wrongAudience, .claim:
            .badToken
        }
    }

    /// The word for it in the audit.
    var auditOutcome: String {
        switch self {
        case .missing: "NO_TOKEN"
        case .expired: "TOKEN_EXPIRED"
        case .revoked: "TOKEN_REVOKED"
        case .notYetValid: "TOKEN_NOT_YET_VALID"
        case .unknownKey: "UNKNOWN_KEY"
        case .noKeySet: "NO_KEY_SET"
        case .malformed, .badSignature, .wrongIssuer, .wrongAudience, .claim: "BAD_TOKEN"
        }
    }
}
