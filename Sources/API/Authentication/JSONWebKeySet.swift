import Cryptography
import Wire

/// The keys of an issuer (RFC 7517): those that sign by an algorithm of the hub; others are passed over. A value.
package struct JSONWebKeySet: Sendable, Equatable {
    /// Keys of one set; the rest is not read.
    package static let maximumKeys = 64
    private static let longestID = 256

    private var named: [String: [PublicKey]] = [:]
    private var unnamed: [PublicKey] = []

    /// Without a key.
    package init() {}

    /// Nil where the bytes are no set, or none of its keys can be used.
    package init?(_ bytes: [UInt8]) {
        guard let document = try? JSONReader.readObject(bytes, limits: JSONLimits(maximumBytes: 262_144)),
            let keys = document["keys"]?.arrayValue
        else { return nil }
        for key in keys.prefix(Self.maximumKeys) {
            guard let key = key.objectValue, let publicKey = PublicKey(webKey: key) else { continue }
            guard let id = key["kid"]?.stringValue else {
                unnamed.append(publicKey)
                continue
            }
            if id.utf8.count <= Self.longestID { named[id, default: []].append(publicKey) }
        }
        guard count > 0 else { return nil }
    }

    package var count: Int { named.values.reduce(unnamed.count) { $0 + $1.count } }

    /// The key that a token's header names. One that names none can only mean the only key of its kind.
    func key(_ id: String?, _ kind: SignatureKind) -> PublicKey? {
        if let id { return named[id]?.first { $0.kind == kind } }
        let candidates = (unnamed + named.values.joined()).filter { $0.kind == kind }
        return candidates.count == 1 ? candidates[0] : nil
    }
}

extension PublicKey {
    /// A JSON Web Key for signatures (RFC 7518 section 6, RFC 8037 section 2); nil for one of another use or algorithm.
    fileprivate init?(webKey: JSONObject) {
        if let use = webKey["use"], use != .string("sig") { return nil }
        if let operations = webKey["key_ops"]?.arrayValue, !operations.contains(.string("verify")) { return nil }
        func bytes(_ name: String) -> [UInt8]? { webKey[name]?.stringValue.flatMap { Base64.decodeURL($0) } }
        let key: PublicKey?
        switch webKey["kty"]?.stringValue {
        case "RSA":
            guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
            key = PublicKey(rsaModulus: modulus, exponent: exponent)
        case "EC":
            guard webKey["crv"] == .string("P-256"), let x = bytes("x"), let y = bytes("y") else { return nil }
            key = PublicKey(p256X: x, y: y)
        case "OKP":
            guard webKey["crv"] == .string("Ed25519"), let x = bytes("x") else { return nil }
            key = PublicKey(ed25519: x)
        default: return nil
        }
        guard let key else { return nil }
        if let algorithm = webKey["alg"]?.stringValue, algorithm != key.kind.rawValue { return nil }
        self = key
    }
}
