import Cryptography

/// A signature algorithm that a token may have.
package enum TokenAlgorithm: String, CaseIterable, Sendable {
    /// With the hub's own secret.
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
    case ed25519 = "EdDSA"

    /// What the issuer's key must be; nil for the hub's own secret.
    var kind: SignatureKind? { SignatureKind(rawValue: rawValue) }
}

/// Which tokens are believed, and what their claims are called.
package struct TokenRules: Sendable, Equatable {
    package var issuer: String
    package var audience: String
    package var leewaySeconds: Int
    /// Never the token's own choice: an algorithm that is not here is none.
    package var algorithms: Set<TokenAlgorithm> = [.hs256]
    package var clinicClaim = "clinic_id"
    package var userClaim = "user_id"
    package var roleClaim = "role"

    package init(issuer: String, audience: String, leewaySeconds: Int) {
        self.issuer = issuer
        self.audience = audience
        self.leewaySeconds = leewaySeconds
    }
}
