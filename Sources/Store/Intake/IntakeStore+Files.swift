package import Clinic
import Database

/// The files of forms, for whoever seals them anew.
extension IntakeStore {
    /// A form's file.
    package struct StoredFile: Sendable, Equatable {
        package let form: IntakeFormID
        package let storageKey: String
    }

    private static let files = Statement(
        "list_intake_files",
        """
        SELECT id, storage_key FROM uploads
        WHERE clinic_id = $1 AND id > $2 AND file_due_at IS NULL AND file_removed_at IS NULL ORDER BY id LIMIT 100
        """)

    private static let rewrite = Statement(
        "rewrite_intake_file",
        """
        UPDATE uploads SET content_digest = $3
        WHERE clinic_id = $1 AND id = $2 AND file_due_at IS NULL AND file_removed_at IS NULL RETURNING id
        """)

    /// The files of a clinic's forms after one of them, at most 100.
    package func files(of clinic: ClinicID, after last: IntakeFormID?) async throws(StoreError) -> [StoredFile] {
        let first = last ?? IntakeFormID(high: 0, low: 0)
        let rows = try await pool.run(.hub(in: clinic), [Self.files(.id(clinic), .id(first))])
        return try reading { () throws(DatabaseError) in
            var files: [StoredFile] = []
            for row in rows[0] {
                files.append(StoredFile(form: try row.id("id"), storageKey: try row.string("storage_key")))
            }
            return files
        }
    }

    /// A file was written anew; false where it was to go meanwhile: then it must be removed again.
    package func rewrote(
        _ file: StoredFile, contentDigest: [UInt8], in clinic: ClinicID
    ) async throws(StoreError) -> Bool {
        let rows = try await pool.run(
            .hub(in: clinic), [Self.rewrite(.id(clinic), .id(file.form), .bytes(contentDigest))])
        return !rows[0].isEmpty
    }
}
