package import Cryptography
package import Wire

/// An issuer of tokens as the hub meets one: RS256, ES256 and EdDSA keys, published as a JSON Web Key Set.
package struct IssuerKeys: Sendable {
    package let kind: SignatureKind
    package let id: String
    private let key: PrivateKey
    private let publicMembers: [(String, JSONValue)]

    /// A key of the kind; Ed25519 keys are new ones, the others those of RFC 7515 appendix A.
    package init(_ kind: SignatureKind, id: String) throws {
        self.kind = kind
        self.id = id
        let key: PrivateKey?
        switch kind {
        case .rs256:
            key = PrivateKey(pem: Array(RSAKey.pem.utf8))
            publicMembers = [("kty", "RSA"), ("n", .string(Self.modulus)), ("e", "AQAB")]
        case .es256:
            key = PrivateKey(pem: Array(Self.p256.utf8))
            publicMembers = [
                ("kty", "EC"), ("crv", "P-256"), ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                ("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
            ]
        case .ed25519:
            key = PrivateKey(ed25519Seed: SecureRandom.bytes(32))
            let bytes = key?.publicKey.ed25519Bytes ?? []
            publicMembers = [("kty", "OKP"), ("crv", "Ed25519"), ("x", .string(Base64.encodeURL(bytes)))]
        }
        guard let key else { throw ClientFailure.malformed("key") }
        self.key = key
    }

    /// As a member of a key set.
    package var webKey: JSONValue {
        var json = JSONWriter()
        json.object { json in
            for (name, value) in publicMembers { json.field(name, value: value) }
            json.field("kid", id)
            json.field("use", "sig")
            json.field("alg", kind.rawValue)
        }
        return (try? JSONReader.read(json.bytes)) ?? .null
    }

    /// A token with these claims.
    package func sign(
        _ claims: [String: JSONValue], algorithm: String? = nil, keyID: String? = nil
    ) throws -> String {
        var header = JSONWriter()
        header.object { json in
            json.field("alg", algorithm ?? kind.rawValue)
            json.field("typ", "JWT")
            json.field("kid", keyID ?? id)
        }
        var payload = JSONWriter()
        payload.object { json in
            for (name, value) in claims.sorted(by: { $0.key < $1.key }) { json.field(name, value: value) }
        }
        return try JWS.sign(header: header.bytes, payload: payload.bytes, key: key)
    }

    /// A key set as it is published.
    package static func set(_ keys: [JSONValue]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in json.field("keys", value: .array(keys)) }
        return json.bytes
    }

    private static let modulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR"
        + "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB"
        + "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia"
        + "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    private static let p256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
        H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
        7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
        -----END PRIVATE KEY-----
        """
}
