import Clinic
import Platform
import Store
import Transport
import Wire

/// The producers' keys that one loop has met lately, so that the database is asked about each once a minute. Loop-confined.
///
/// A key that is revoked is out at once: its revocation is known like that of a token.
final class KnownKeys {
    private struct Known {
        let principal: Principal
        let until: MonotonicTime
    }

    private static let memory = Duration.seconds(60)
    private static let maximumKnown = 4_096
    /// Keys that nobody has made: so many may be asked of the database each second.
    private static let strangers = TokenBucket.Rate(perSecond: 50, burst: 100)

    private let store: APIKeyStore
    private var known: [[UInt8]: Known] = [:]
    private var bucket: TokenBucket

    init(store: APIKeyStore) {
        self.store = store
        bucket = TokenBucket(Self.strangers, now: .now())
    }

    /// Who bears the key.
    ///
    /// - Throws: 401 for one that is unknown, over or revoked; 429 where too many unknown ones came; 503 without the database.
    func principal(_ text: some StringProtocol, _ revocations: RevocationCheck) async throws(Problem) -> Principal {
        guard let secret = APIKeySecret(text) else { throw Self.refusal }
        let digest = secret.digest
        let now = MonotonicTime.now()
        if let known = known[digest], now < known.until {
            return try checked(known.principal, revocations)
        }
        known[digest] = nil
        guard bucket.take(Self.strangers, now: now) else { throw .tooManyRequests }
        let found: (clinic: ClinicID, key: APIKeyRecord)?
        do { found = try await store.find(digest: digest) } catch { throw Problem(error) }
        guard let found else { throw Self.refusal }
        let principal = Principal(
            clinic: found.clinic, user: UserID(high: found.key.id.high, low: found.key.id.low),
            standing: .key(found.key.scopes.reduce(into: []) { $0.formUnion($1.rights) }),
            expiresAt: WallTime(microseconds: found.key.expiresAt.microseconds),
            tokenID: APIKeyStore.tokenID(of: found.key.id))
        if known.count >= Self.maximumKnown { known.removeAll() }
        known[digest] = Known(principal: principal, until: now.advanced(by: Self.memory))
        return try checked(principal, revocations)
    }

    /// Whether somebody is revoked.
    typealias RevocationCheck = (Principal) -> Bool

    private func checked(_ principal: Principal, _ isRevoked: RevocationCheck) throws(Problem) -> Principal {
        guard WallTime.now() < principal.expiresAt, !isRevoked(principal) else { throw Self.refusal }
        return principal
    }

    private static let refusal = Problem(.unauthorized, "unauthorized", "This API key is not valid here.")
}
