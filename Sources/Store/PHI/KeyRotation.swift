import Clinic
package import Database

/// Seals every column of patient data and phone numbers anew under the vault's current key, beside hubs that work.
///
/// All hubs must know the current key before, or they cannot open what was sealed anew; so it is one of their keys first, then
/// the current one, then this runs. What they seal meanwhile under another key stands in `left`: run it again. Blocks; for the
/// command line.
package enum KeyRotation {
    /// What became of one column.
    package struct Column: Equatable, Sendable {
        /// `patients.full_name`.
        package let name: String
        /// Values that were sealed anew.
        package var sealed = 0
        /// Values that are not under the current key now.
        package var left = 0
        /// Values that none of the keys opens; they stay as they are.
        package var unopenable = 0
    }

    /// A column whose values are sealed.
    private struct Sealed {
        let table: String
        let column: String
        /// Of rows within a clinic, ascending.
        let key: String
        let keyType: String
        /// SQL for what the value's authenticated data names.
        let place: String
        let isText: Bool
        /// SQL that is set with the value.
        var besides = ""

        var name: String { "\(table).\(column)" }
        /// SQL for the sealed bytes.
        var bytes: String { isText ? "decode(\(column), 'base64')" : column }
        var isThere: String { isText ? "\(column) <> ''" : "\(column) IS NOT NULL" }
    }

    private static let columns = [
        Sealed(
            table: "users", column: "phone_e164", key: "id", keyType: "uuid", place: "'users/phone_e164/' || id",
            isText: true),
        Sealed(
            table: "patients", column: "full_name", key: "id", keyType: "uuid", place: "'patients/full_name/' || id",
            isText: false),
        Sealed(
            table: "patients", column: "date_of_birth", key: "id", keyType: "uuid",
            place: "'patients/date_of_birth/' || id", isText: false),
        Sealed(
            table: "patients", column: "insurance_id", key: "id", keyType: "uuid",
            place: "'patients/insurance_id/' || id",
            isText: false),
        Sealed(
            table: "clinic_events", column: "patient_name", key: "seq", keyType: "bigint",
            place: "'patients/full_name/' || patient_id", isText: false),
        Sealed(
            table: "contact_methods", column: "address", key: "id", keyType: "uuid",
            place:
                "CASE WHEN from_directory THEN 'users/phone_e164/' || user_id ELSE 'contact_methods/address/' || id END",
            isText: true, besides: ", address_digest = CASE WHEN t.from_directory THEN NULL ELSE v.digest END"),
    ]

    private static let batch = 500

    /// - Parameter owner: a session of the tables' owner.
    package static func run(_ owner: BlockingConnection, _ vault: PHIVault) throws(DatabaseError) -> [Column] {
        let clinics = try inContext(owner, clinic: nil) { () throws(DatabaseError) in
            try owner.query("SELECT id FROM clinics ORDER BY id").map { row throws(DatabaseError) -> ClinicID in
                try row.id("id")
            }
        }
        var results: [Column] = []
        for column in columns {
            var result = Column(name: column.name)
            for clinic in clinics { try reseal(column, of: clinic, owner, vault, &result) }
            for clinic in clinics {
                result.left += try inContext(owner, clinic: clinic) { () throws(DatabaseError) in
                    try owner.query(
                        """
                        SELECT count(*) AS n FROM \(column.table)
                        WHERE clinic_id = $1 AND \(column.isThere) AND substring(\(column.bytes) FROM 2 FOR 4) <> $2
                        """, [.id(clinic), .bytes(vault.currentKeyID)]
                    ).first?.int("n") ?? 0
                }
            }
            results.append(result)
        }
        return results
    }

    private static func reseal(
        _ column: Sealed, of clinic: ClinicID, _ owner: BlockingConnection, _ vault: PHIVault, _ result: inout Column
    ) throws(DatabaseError) {
        var last: String?
        while true {
            var found = 0
            var counted = result
            try inContext(owner, clinic: clinic) { () throws(DatabaseError) in
                // A row that a request holds is waited for: it is short.
                let rows = try owner.query(
                    """
                    SELECT \(column.key)::text AS key, \(column.place) AS place, \(column.bytes) AS sealed
                    FROM \(column.table)
                    WHERE clinic_id = $1 AND \(column.isThere) AND substring(\(column.bytes) FROM 2 FOR 4) <> $2
                        AND ($3::\(column.keyType) IS NULL OR \(column.key) > $3::\(column.keyType))
                    ORDER BY \(column.key) LIMIT \(batch) FOR UPDATE
                    """, [.id(clinic), .bytes(vault.currentKeyID), .text(last)])
                found = rows.count
                for row in rows {
                    let key = try row.string("key")
                    last = key
                    let place = try row.string("place")
                    guard let value = try? vault.reseal(try row.bytes("sealed"), place: place) else {
                        counted.unopenable += 1
                        continue
                    }
                    try update(column, of: clinic, key, value, owner, vault)
                    counted.sealed += 1
                }
            }
            result = counted
            if found < batch { return }
        }
    }

    private static func update(
        _ column: Sealed, of clinic: ClinicID, _ key: String, _ value: PHIVault.Resealed, _ owner: BlockingConnection,
        _ vault: PHIVault
    ) throws(DatabaseError) {
        // PostgreSQL breaks base64 into lines, which the hub does not read.
        let sealed = column.isText ? "translate(encode(v.sealed, 'base64'), E'\\n', '')" : "v.sealed"
        _ = try owner.query(
            """
            UPDATE \(column.table) t
            SET \(column.column) = \(sealed)\(column.besides)
            FROM (SELECT $3::bytea AS sealed, $4::bytea AS digest) v
            WHERE t.clinic_id = $1 AND t.\(column.key) = $2::\(column.keyType)
            """,
            [.id(clinic), .text(key), .bytes(value.bytes), .bytes(column.besides.isEmpty ? nil : value.addressDigest)])
    }

    /// A transaction inside the clinic; without one, of the whole group.
    private static func inContext<Value>(
        _ owner: BlockingConnection, clinic: ClinicID?, _ body: () throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        _ = try owner.query("BEGIN")
        _ = try owner.query(
            """
            SELECT set_config('app.current_clinic_id', $1, true), set_config('app.current_role', $2, true),
                set_config('app.resealing', 'on', true)
            """, [.text(clinic?.description ?? ""), .text(clinic == nil ? Role.corporateAdmin.rawValue : "SYSTEM")])
        do {
            let value = try body()
            _ = try owner.query("COMMIT")
            return value
        } catch {
            _ = try? owner.query("ROLLBACK")
            throw error
        }
    }
}
