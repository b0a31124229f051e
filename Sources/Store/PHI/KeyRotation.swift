import Clinic
package import Database

/// Seals every column that is sealed anew under the vault's current key, beside hubs that work. `ssn_hash` is no sealed value:
/// without the number it cannot be made anew, and stays as it is.
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
        /// How a value stands in its column.
        enum Form {
            case bytes
            /// Base64.
            case text
            /// The member `sealed` of an object, in base64.
            case json
        }

        let table: String
        let column: String
        var form = Form.bytes
        /// Of rows within a clinic, ascending.
        var key = "id"
        var keyType = "uuid"
        /// SQL for what the value's authenticated data names; nil is `table/column/key`.
        var place: String?
        /// SQL that is set with the value.
        var besides = ""

        var name: String { "\(table).\(column)" }
        /// SQL for the place.
        var placeText: String { place ?? "'\(table)/\(column)/' || \(key)" }
        /// SQL for the sealed bytes.
        var bytes: String {
            switch form {
            case .bytes: column
            case .text: "decode(\(column), 'base64')"
            case .json: "decode(\(column) ->> 'sealed', 'base64')"
            }
        }
        var isThere: String {
            switch form {
            case .bytes: "\(column) IS NOT NULL"
            case .text: "\(column) <> ''"
            case .json: "\(column) ->> 'sealed' IS NOT NULL"
            }
        }
        /// SQL for the column with the bytes `v.sealed`. PostgreSQL breaks base64 into lines, which the hub does not read.
        var resealed: String {
            let text = "translate(encode(v.sealed, 'base64'), E'\\n', '')"
            return switch form {
            case .bytes: "v.sealed"
            case .text: text
            case .json: "jsonb_set(t.\(column), '{sealed}', to_jsonb(\(text)))"
            }
        }
    }

    private static let contactPlace = "'users/phone_e164/' || user_id ELSE 'contact_methods/address/' ||"

    private static let columns = [
        Sealed(table: "users", column: "phone_e164", form: .text),
        Sealed(table: "patients", column: "full_name"), Sealed(table: "patients", column: "date_of_birth"),
        Sealed(table: "patients", column: "insurance_id"),
        Sealed(
            table: "clinic_events", column: "patient_name", key: "seq", keyType: "bigint",
            place: "'patients/full_name/' || patient_id"),
        Sealed(
            table: "contact_methods", column: "address", form: .text,
            place: "CASE WHEN from_directory THEN \(contactPlace) id END",
            besides: ", address_digest = CASE WHEN t.from_directory THEN NULL ELSE v.digest END"),
        Sealed(
            table: "messages", column: "address", form: .text,
            place: """
                CASE WHEN contact_id IS NULL OR (
                    SELECT c.from_directory FROM contact_methods c
                    WHERE c.clinic_id = messages.clinic_id AND c.id = messages.contact_id
                ) THEN \(contactPlace) contact_id END
                """),
        Sealed(table: "messages", column: "sealed_code", form: .text),
        Sealed(table: "uploads", column: "original_filename", form: .text),
        Sealed(table: "intake_forms", column: "parsed_json", form: .json),
        Sealed(
            table: "extraction_results", column: "suggestions_json", form: .json,
            place: """
                'extraction_results/suggestions_json/' || (
                    SELECT e.upload_id FROM extraction_jobs e
                    WHERE e.clinic_id = extraction_results.clinic_id AND e.id = extraction_job_id)
                """),
        Sealed(
            table: "review_sessions", column: "final_payload_json", form: .json,
            place: "'review_sessions/final_payload_json/' || upload_id"),
        Sealed(table: "square_accounts", column: "access_token", form: .text, key: "clinic_id"),
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

    /// How many rows keep a digest of a number under whichever key was the current one when it came.
    package static func socialSecurityDigests(_ owner: BlockingConnection) throws(DatabaseError) -> Int {
        try inContext(owner, clinic: nil) { () throws(DatabaseError) in
            try owner.query("SELECT count(*) AS n FROM patients WHERE ssn_hash IS NOT NULL").first?.int("n") ?? 0
        }
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
                    SELECT \(column.key)::text AS key, \(column.placeText) AS place, \(column.bytes) AS sealed
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
        _ = try owner.query(
            """
            UPDATE \(column.table) t
            SET \(column.column) = \(column.resealed)\(column.besides)
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
