package import Clinic
import Database

/// Keys of programs. Loop-confined.
package struct APIKeyStore {
    /// Keys of a clinic that are neither revoked nor over.
    package static let maximumActive = 100
    /// How long a key lives at most, and where nobody says.
    package static let longestLife = Duration.seconds(366 * 86_400)
    package static let usualLife = Duration.seconds(90 * 86_400)

    let pool: Pool

    private static let columns: StaticString = """
        id, name, prefix, array_to_string(scopes, ' ') AS scope_list, created_by, created_at, expires_at, revoked_at,
        last_used_at
        """

    private static let insert = Statement(
        name: "create_api_key",
        sql: """
            INSERT INTO api_keys (id, clinic_id, name, prefix, digest, scopes, created_by, expires_at)
            SELECT $2::uuid, $1::uuid, $3, $4, $5::bytea, $6::text[], $7::uuid, $8::timestamptz
            WHERE (
                SELECT count(*) FROM api_keys
                WHERE clinic_id = $1::uuid AND revoked_at IS NULL AND expires_at > clock_timestamp()
            ) < \(maximumActive)
            RETURNING \(columns)
            """)

    private static let list = Statement(
        name: "list_api_keys",
        sql: "SELECT \(columns) FROM api_keys WHERE clinic_id = $1 ORDER BY created_at DESC, id LIMIT 500")

    private static let revoke = Statement(
        name: "revoke_api_key",
        sql: """
            UPDATE api_keys SET revoked_at = COALESCE(revoked_at, clock_timestamp())
            WHERE clinic_id = $1 AND id = $2 RETURNING \(columns)
            """)

    // Every hub that remembers the key is told as of a revoked token; it remembers no key for as long as this stands.
    private static let tell = Statement(
        "tell_revoked_api_key",
        """
        INSERT INTO revocations (clinic_id, token_id, revoked_by, expires_at)
        SELECT $1::uuid, $2::text, $3::uuid, clock_timestamp() + interval '1 hour'
        WHERE EXISTS (SELECT FROM api_keys WHERE clinic_id = $1::uuid AND id = $4::uuid)
        ON CONFLICT (clinic_id, token_id) WHERE token_id IS NOT NULL
        DO UPDATE SET revoked_at = clock_timestamp(), expires_at = EXCLUDED.expires_at
        """)

    private static let find = Statement(
        name: "find_api_key",
        sql: """
            UPDATE api_keys SET last_used_at = clock_timestamp()
            WHERE digest = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()
            RETURNING clinic_id, \(columns)
            """)

    /// Makes a key; nil where the clinic has as many as it may.
    package func create(
        name: String, scopes: Set<KeyScope>, lasting life: Duration, _ secret: APIKeySecret, _ context: TenantContext,
        now: Timestamp
    ) async throws(StoreError) -> APIKeyRecord? {
        let id = APIKeyID.random()
        let rows = try await pool.run(
            context,
            [
                Self.insert(
                    .id(context.clinic), .id(id), .text(name), .text(secret.prefix), .bytes(secret.digest),
                    .array(scopes.map(\.rawValue).sorted()), .id(context.actor.user), .time(now.advanced(by: life))),
                context.audit(.keyCreated, table: "api_keys", id),
            ])
        return try reading { () throws(DatabaseError) in try rows[0].first.map(APIKeyRecord.init) }
    }

    /// The clinic's keys, the newest first, at most 500; those that are over too.
    package func keys(_ context: TenantContext) async throws(StoreError) -> [APIKeyRecord] {
        let rows = try await pool.run(context, [Self.list(.id(context.clinic))])
        return try reading { () throws(DatabaseError) in
            var keys: [APIKeyRecord] = []
            for row in rows[0] { keys.append(try APIKeyRecord(row)) }
            return keys
        }
    }

    /// Shuts a key out on every hub; doing it again changes nothing. Throws `notFound`.
    package func revoke(_ key: APIKeyID, _ context: TenantContext) async throws(StoreError) -> APIKeyRecord {
        let rows = try await pool.run(
            context,
            [
                Self.revoke(.id(context.clinic), .id(key)),
                Self.tell(.id(context.clinic), .text(Self.tokenID(of: key)), .id(context.actor.user), .id(key)),
                context.audit(.keyRevoked, table: "api_keys", key), RevocationStore.notify(),
            ])
        guard let row = rows[0].first else { throw .notFound(.apiKey) }
        return try reading { () throws(DatabaseError) in try APIKeyRecord(row) }
    }

    /// What `revocations` calls a key.
    package static func tokenID(of key: APIKeyID) -> String { "api-key:\(key)" }

    /// The key of this digest, in any clinic, where it is good; notes that it was used.
    package func find(digest: [UInt8]) async throws(StoreError) -> (clinic: ClinicID, key: APIKeyRecord)? {
        let rows = try await pool.runAsEngine([Self.find(.bytes(digest))])
        guard let row = rows[0].first else { return nil }
        return try reading { () throws(DatabaseError) in (try row.id("clinic_id"), try APIKeyRecord(row)) }
    }
}
