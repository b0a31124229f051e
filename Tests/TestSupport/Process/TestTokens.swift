package import Clinic
import Cryptography
import Platform
package import Wire

/// Mints the tokens of a hub under test, and the wrong ones that it must refuse.
package struct TestTokens: Sendable {
    package let secret: String

    package init() { secret = Base64.encodeURL(SecureRandom.bytes(36)) }

    /// A good token; nil `user` is the demo user of the role.
    package func token(
        _ role: Role, clinic: String = DemoIDs.clinic, user: String? = nil, seconds: Int64 = 3_600
    ) throws -> String {
        try sign(claims(role, clinic: clinic, user: user, seconds: seconds))
    }

    /// The claims of a good token, to be changed.
    package func claims(
        _ role: Role, clinic: String = DemoIDs.clinic, user: String? = nil, seconds: Int64 = 3_600
    ) -> [String: JSONValue] {
        let now = WallTime.now().secondsSince1970
        return [
            "iss": "alert-hub", "aud": "alert-hub", "iat": .integer(now), "exp": .integer(now + seconds),
            "clinic_id": .string(clinic), "user_id": .string(user ?? DemoIDs.user(role, of: clinic)),
            "role": .string(role.rawValue),
        ]
    }

    /// Signs any claims, with any secret and header.
    package func sign(
        _ claims: [String: JSONValue], secret: String? = nil, header: String = #"{"alg":"HS256","typ":"JWT"}"#
    ) throws -> String {
        let key = try HS256Key(Array((secret ?? self.secret).utf8))
        return JWS.signHS256(header: Array(header.utf8), payload: payload(claims), key: key)
    }

    /// A token of the algorithm `none`, with whatever stands for a signature.
    package func unsigned(_ claims: [String: JSONValue], signature: String = "") -> String {
        let header = Base64.encodeURL(Array(#"{"alg":"none","typ":"JWT"}"#.utf8))
        return "\(header).\(Base64.encodeURL(payload(claims))).\(signature)"
    }

    private func payload(_ claims: [String: JSONValue]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for (name, value) in claims.sorted(by: { $0.key < $1.key }) { json.field(name, value: value) }
        }
        return json.bytes
    }
}
