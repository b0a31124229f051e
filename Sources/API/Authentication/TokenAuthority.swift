import Clinic
package import Cryptography
package import Platform
import Wire

/// Why a token is not accepted. The words go to its bearer: they say what to do and nothing about the key.
package enum TokenRefusal: Error, Equatable, Sendable {
    case missing
    case malformed
    case badSignature
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
        case .expired: "The token has expired; ask for a new one."
        case .notYetValid: "The token is not valid yet; compare the clocks."
        case .wrongIssuer: "The token's issuer is not accepted here."
        case .wrongAudience: "The token is meant for another audience."
        case .revoked: "The token was revoked; sign in again."
        case .claim(let name): "The token's claim \(name) is missing or malformed."
        }
    }
}

/// Checks and mints the hub's HS256 tokens (RFC 7519). The algorithm is the key's, never the token's own choice.
package struct TokenAuthority: Sendable {
    private let key: HS256Key
    private let issuer: String
    private let audience: String
    private let leewaySeconds: Int64
    /// The end of the year 9999, the last that a timestamp can be written of.
    private static let lastSecond: Int64 = 253_402_300_799

    package init(key: HS256Key, issuer: String, audience: String, leewaySeconds: Int) {
        self.key = key
        self.issuer = issuer
        self.audience = audience
        self.leewaySeconds = Int64(leewaySeconds)
    }

    /// Who bears this token.
    package func verify(_ token: some StringProtocol, now: WallTime) throws(TokenRefusal) -> Principal {
        guard let signed = JWS.split(token) else { throw .malformed }
        // `crit` names extensions that must be understood (RFC 7515 §4.1.11); none is.
        guard let header = try? JSONReader.readObject(signed.header), header["alg"] == .string("HS256"),
            header["crit"] == nil
        else { throw .malformed }
        guard signed.isSignedHS256(by: key) else { throw .badSignature }
        guard let claims = try? JSONReader.readObject(signed.payload) else { throw .malformed }
        let expiry = try seconds("exp", in: claims)
        let now = now.secondsSince1970
        guard now < expiry.addingClamped(leewaySeconds) else { throw .expired }
        if claims["nbf"] != nil, now.addingClamped(leewaySeconds) < (try seconds("nbf", in: claims)) {
            throw .notYetValid
        }
        guard claims["iss"] == .string(issuer) else { throw .wrongIssuer }
        guard isMeantForUs(claims["aud"]) else { throw .wrongAudience }
        guard let clinic = (try? claims.string("clinic_id")).flatMap({ ClinicID($0) }) else {
            throw .claim("clinic_id")
        }
        guard let user = (try? claims.string("user_id")).flatMap({ UserID($0) }) else { throw .claim("user_id") }
        guard let role = (try? claims.string("role")).flatMap({ Role(rawValue: $0) }) else { throw .claim("role") }
        return Principal(
            clinic: clinic, user: user, role: role, expiresAt: WallTime(microseconds: expiry * 1_000_000),
            tokenID: try tokenID(of: claims), issuedAt: try issueTime(of: claims))
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
            json.field("iss", issuer)
            json.field("aud", audience)
            json.field("iat", now.secondsSince1970)
            json.field("exp", principal.expiresAt.secondsSince1970)
            json.field("clinic_id", principal.clinic.description)
            json.field("user_id", principal.user.description)
            json.field("role", principal.role.rawValue)
            json.field("jti", principal.tokenID ?? SessionID.random().description)
            if let name { json.field("name", name) }
        }
        return JWS.signHS256(header: Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8), payload: payload.bytes, key: key)
    }

    private func isMeantForUs(_ claim: JSONValue?) -> Bool {
        switch claim {
        case .string(let one): one == audience
        case .array(let several): several.contains(.string(audience))
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
