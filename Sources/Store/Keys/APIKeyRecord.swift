package import Clinic
import Cryptography
import Database

/// A key as its clinic's administrators see it: without the key.
package struct APIKeyRecord: Sendable, Equatable {
    package let id: APIKeyID
    package let name: String
    /// The key's first twelve characters.
    package let prefix: String
    package let scopes: Set<KeyScope>
    package let createdBy: UserID?
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    package let revokedAt: Timestamp?
    /// To a minute.
    package let lastUsedAt: Timestamp?

    init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        name = try row.string("name")
        prefix = try row.string("prefix")
        // Scopes that this version does not know give no right.
        scopes = Set(try row.string("scope_list").split(separator: " ").compactMap { KeyScope(rawValue: String($0)) })
        createdBy = try row.optionalID("created_by")
        createdAt = try row.time("created_at")
        expiresAt = try row.time("expires_at")
        revokedAt = try row.optionalTime("revoked_at")
        lastUsedAt = try row.optionalTime("last_used_at")
    }
}

/// A new key's secret: base64url of 32 random bytes behind a mark by which scanners find lost ones. It does not print.
package struct APIKeySecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// What every key begins with.
    package static let mark = "ahk_"
    /// `ahk_` and 43 characters.
    package static let length = 47

    /// The whole key, for the one answer that shows it.
    package let revealed: String

    /// A new one.
    package init() { revealed = Self.mark + Base64.encodeURL(SecureRandom.bytes(32)) }

    /// One that was presented; nil for what cannot be a key.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.hasPrefix(Self.mark),
            Base64.decodeURL(text.dropFirst(Self.mark.count))?.count == 32
        else { return nil }
        revealed = String(text)
    }

    /// What people know it by.
    package var prefix: String { String(revealed.prefix(12)) }

    /// What the database knows it by.
    package var digest: [UInt8] { SHA256.hash(Array(revealed.utf8)) }

    package var description: String { "\(prefix)…" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
