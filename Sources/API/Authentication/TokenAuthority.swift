import Clinic
package import Cryptography
package import Platform
import Wire

/// Why a token is not accepted. The words go to its bearer: they say what to do and nothing about the key.
package enum TokenRefusal: Error, Equatable, Sendable {
    case missing
    case malformed
    case badSignature
    /// No key of the issuer has the token's key id and algorithm.
    case unknownKey
    /// The issuer's keys are not known.
    case noKeySet
    case expired
    case notYetValid
    case wrongIssuer
    case wrongAudience
    /// Before its time was over; see `Authenticator`.
    case revoked
    /// A claim is missing or has a wrong form; its name.
    case claim(String)

    package var sentence: String {
        switch self {
        case .missing: "A bearer token is needed: Authorization: Bearer <token>."
        case .malformed: "This is not a JSON Web Token."
        case .badSignature: "The token's signature is not valid here."
        case .unknownKey: "The token's key is not known here."
        case .noKeySet: "The issuer's keys cannot be fetched at the moment; try again."
        case .expired: "The token has expired; ask for a new one."
        case .notYetValid: "The token is not valid yet; compare the clocks."
        case .wrongIssuer: "The token's issuer is not accepted here."
        case .wrongAudience: "The token is meant for another audience."
        case .revoked: "The token was revoked; sign in again."
        case .claim(let name): "The token's claim \(name) is missing or malformed."
        }
    }
}

/// Checks tokens (RFC 7519): the issuer's, with its public keys, and the hub's own HS256 tokens, which it mints too. A key
/// is for its own algorithm alone, so nobody signs with a public key as if it were a secret.
package struct TokenAuthority: Sendable {
    private let key: HS256Key
    private let rules: TokenRules
    private let leewaySeconds: Int64
    /// Nil where HS256 alone is accepted.
    package let ring: KeyRing?
    /// The end of the year 9999, the last that a timestamp can be written of.
    private static let lastSecond: Int64 = 253_402_300_799

    package init(key: HS256Key, issuer: String, audience: String, leewaySeconds: Int) {
        self.init(key: key, rules: TokenRules(issuer: issuer, audience: audience, leewaySeconds: leewaySeconds))
    }

    /// - Parameters:
    ///   - key: mints, and checks HS256 where the rules accept it.
    ///   - ring: the issuer's keys, for all other algorithms.
    package init(key: HS256Key, rules: TokenRules, ring: KeyRing? = nil) {
        self.key = key
        self.rules = rules
        self.ring = ring
        leewaySeconds = Int64(rules.leewaySeconds)
    }

    /// Fetches the issuer's keys anew, or waits for whoever does; false where that may not be now.
    func fetchKeys() async -> Bool { await ring?.refresh() ?? false }

    /// Who bears this token.
    package func verify(_ token: some StringProtocol, now: WallTime) throws(TokenRefusal) -> Principal {
        guard let signed = JWS.split(token) else { throw .malformed }
        // `crit` names extensions that must be understood (RFC 7515 §4.1.11); none is.
        guard let header = try? JSONReader.readObject(signed.header), header["crit"] == nil,
            let algorithm = header["alg"]?.stringValue.flatMap({ TokenAlgorithm(rawValue: $0) }),
            rules.algorithms.contains(algorithm)
        else { throw .malformed }
        guard try isSigned(signed, algorithm, header["kid"]) else { throw .badSignature }
        guard let claims = try? JSONReader.readObject(signed.payload) else { throw .malformed }
        let expiry = try seconds("exp", in: claims)
        let now = now.secondsSince1970
        guard now < expiry.addingClamped(leewaySeconds) else { throw .expired }
        if claims["nbf"] != nil, now.addingClamped(leewaySeconds) < (try seconds("nbf", in: claims)) {
            throw .notYetValid
        }
        guard claims["iss"] == .string(rules.issuer) else { throw .wrongIssuer }
        guard isMeantForUs(claims["aud"]) else { throw .wrongAudience }
        guard let clinic = claims[rules.clinicClaim]?.stringValue.flatMap({ ClinicID($0) }) else {
            throw .claim(rules.clinicClaim)
        }
        guard let user = claims[rules.userClaim]?.stringValue.flatMap({ UserID($0) }) else {
            throw .claim(rules.userClaim)
        }
        guard let role = Self.one(claims[rules.roleClaim]).flatMap({ Role(rawValue: $0) }) else {
            throw .claim(rules.roleClaim)
        }
        return Principal(
            clinic: clinic, user: user, role: role, expiresAt: WallTime(microseconds: expiry * 1_000_000),
            tokenID: try tokenID(of: claims), issuedAt: try issueTime(of: claims))
    }

    private func isSigned(
        _ token: JWS, _ algorithm: TokenAlgorithm, _ keyID: JSONValue?
    ) throws(TokenRefusal) -> Bool {
        guard let kind = algorithm.kind else { return token.isSignedHS256(by: key) }
        guard keyID == nil || keyID?.stringValue != nil else { throw .malformed }
        switch ring?.find(keyID?.stringValue, kind) ?? .unknown {
        case .key(let key): return token.isSigned(by: key)
        case .unknown: throw .unknownKey
        case .noSet: throw .noKeySet
        }
    }

    /// A text, or the only one of a list: issuers tell roles as lists.
    private static func one(_ claim: JSONValue?) -> String? {
        if let list = claim?.arrayValue { return list.count == 1 ? list[0].stringValue : nil }
        return claim?.stringValue
    }

    /// A token without `jti` is taken, and can be revoked by its user alone.
    private func tokenID(of claims: JSONObject) throws(TokenRefusal) -> String? {
        do { return try claims.optionalString("jti", minLength: 1, maxLength: 128) } catch { throw .claim("jti") }
    }

    private func issueTime(of claims: JSONObject) throws(TokenRefusal) -> WallTime? {
        guard let claim = claims["iat"], claim != .null else { return nil }
        return WallTime(microseconds: try seconds("iat", in: claims) * 1_000_000)
    }

    /// A token for `principal`, issued now; one that has no id yet gets one. `name` is for display only.
    package func mint(_ principal: Principal, name: String? = nil, now: WallTime) -> String {
        var payload = JSONWriter()
        payload.object { json in
            json.field("iss", rules.issuer)
            json.field("aud", rules.audience)
            json.field("iat", now.secondsSince1970)
            json.field("exp", principal.expiresAt.secondsSince1970)
            json.field(rules.clinicClaim, principal.clinic.description)
            json.field(rules.userClaim, principal.user.description)
            json.field(rules.roleClaim, principal.roleName)
            json.field("jti", principal.tokenID ?? SessionID.random().description)
            if let name { json.field("name", name) }
        }
        return JWS.signHS256(header: Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8), payload: payload.bytes, key: key)
    }

    private func isMeantForUs(_ claim: JSONValue?) -> Bool {
        switch claim {
        case .string(let one): one == rules.audience
        case .array(let several): several.contains(.string(rules.audience))
        default: false
        }
    }

    private func seconds(_ name: String, in claims: JSONObject) throws(TokenRefusal) -> Int64 {
        switch claims[name] {
        case .integer(let seconds) where seconds >= 0: return min(seconds, Self.lastSecond)
        case .number(let seconds) where seconds >= 0: return Int64(min(seconds, Double(Self.lastSecond)))
        default: throw .claim(name)
        }
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
