package import Clinic
import Database
import HubProtocol

/// Forms from their upload to the approval; each step is one transaction. Loop-confined.
///
/// What a machine reads stays in the forms' own tables until a person approves it.
package struct IntakeStore {
    /// The rules by which text becomes fields; stands in `extraction_jobs.prompt_version`.
    package static let rulesVersion = "1"

    let pool: Pool
    let vault: PHIVault
    let alerts: AlertStore

    // MARK: Registering

    private static let insertUpload = Statement(
        "insert_upload",
        """
        INSERT INTO uploads
            (id, clinic_id, uploaded_by_user_id, uploaded_by_key_id, original_filename, mime_type, storage_key, size_bytes,
             content_digest, idempotency_key)
        VALUES ($2, $1, $3, $10, $4, $5, $6, $7, $8, $9)
        RETURNING created_at
        """)

    private static let insertForm = Statement(
        "insert_intake_form",
        """
        INSERT INTO intake_forms (id, clinic_id, upload_id, patient_id, raw_form_s3_key) VALUES ($2, $1, $2, $3, $4)
        """)

    private static let insertExtraction = Statement(
        "insert_extraction_job",
        """
        INSERT INTO extraction_jobs (id, clinic_id, upload_id, model_name, prompt_version) VALUES ($2, $1, $3, '', $4)
        """)

    // Where it was announced before, its time begins anew.
    private static let announceFile = Statement(
        "announce_file",
        """
        INSERT INTO announced_files (storage_key, clinic_id) VALUES ($2, $1)
        ON CONFLICT (storage_key) DO UPDATE SET announced_at = clock_timestamp()
        """)

    private static let nameFile = Statement(
        "name_file", "DELETE FROM announced_files WHERE clinic_id = $1 AND storage_key = $2")

    private static let readRegistered = Statement(
        "read_registered_upload",
        """
        SELECT id, status, created_at, content_digest FROM uploads
        WHERE clinic_id = $1 AND (uploaded_by_user_id = $2 OR uploaded_by_key_id = $2) AND idempotency_key = $3
        """)

    /// Says that a file is about to be written: where no form ever names it, it is removed later.
    package func announce(_ storageKey: String, in clinic: ClinicID) async throws(StoreError) {
        _ = try await pool.run(.hub(in: clinic), [Self.announceFile(.id(clinic), .text(storageKey))])
    }

    /// Part of others' transactions: a file that was announced has a row that names it, or is gone.
    static func named(_ storageKey: String, in clinic: ClinicID) -> Call { nameFile(.id(clinic), .text(storageKey)) }

    /// Registers a form whose file is on disk, with its jobs and audit row.
    ///
    /// A repeated Idempotency-Key gives the first answer again, `idempotencyConflict` where the file is another one. Throws
    /// `invalidReference` for a patient that this clinic does not have.
    package func register(
        _ draft: UploadDraft, _ context: TenantContext
    ) async throws(StoreError) -> RegisteredUpload {
        guard let uploader = context.actor.user else { throw .notFound(.user) }
        let isProgram = if case .key = context.actor { true } else { false }
        let clinic = Parameter.id(context.clinic)
        let filename = try draft.filename.map { name throws(StoreError) in
            try vault.seal(Array(String(name.disclosed(to: .sealing).prefix(255)).utf8), .filename, of: draft.form)
        }
        do throws(StoreError) {
            let rows = try await pool.run(
                context,
                [
                    Self.insertUpload(
                        clinic, .id(draft.form), isProgram ? .null : .id(uploader), .text(filename),
                        .text(draft.type.rawValue), .text(draft.storageKey), .integer(draft.sizeBytes),
                        .bytes(draft.contentDigest), .text(draft.idempotencyKey),
                        isProgram ? .id(uploader) : .null),
                    Self.insertForm(clinic, .id(draft.form), .id(draft.patient), .text(draft.storageKey)),
                    Self.insertExtraction(
                        clinic, .id(ExtractionID.random()), .id(draft.form), .text(Self.rulesVersion)),
                    JobStore.add(.ocrProcessing, of: draft.form, in: context.clinic),
                    JobStore.add(.panScrub, of: draft.form, isCompanion: true, in: context.clinic),
                    Self.named(draft.storageKey, in: context.clinic),
                    context.audit(.uploadCreated, table: "uploads", draft.form),
                ])
            guard let row = rows[0].first else { throw .notFound(.clinic) }
            let createdAt = try reading { () throws(DatabaseError) in try row.time("created_at") }
            return RegisteredUpload(form: draft.form, status: .uploaded, createdAt: createdAt, isReplay: false)
        } catch {
            guard case .database(.server(let server)) = error,
                ["uploads_idempotency_key", "uploads_key_idempotency_key"].contains(server.constraint)
            else { throw error }
            return try await registered(draft, by: uploader, context)
        }
    }

    private func registered(
        _ draft: UploadDraft, by user: UserID, _ context: TenantContext
    ) async throws(StoreError) -> RegisteredUpload {
        let rows = try await pool.run(
            context, [Self.readRegistered(.id(context.clinic), .id(user), .text(draft.idempotencyKey))])
        let registered = try reading { () throws(DatabaseError) -> RegisteredUpload? in
            guard let row = rows[0].first,
                ([draft.contentDigest] + draft.formerDigests).contains(try row.bytes("content_digest"))
            else { return nil }
            return RegisteredUpload(
                form: try row.id("id"), status: try row.choice("status"), createdAt: try row.time("created_at"),
                isReplay: true)
        }
        guard let registered else { throw .idempotencyConflict }
        return registered
    }

    // MARK: Reading

    private static let one = Statement(
        name: "read_intake_form",
        sql: "SELECT \(IntakeRecord.columns) FROM \(IntakeRecord.source) WHERE f.clinic_id = $1 AND f.id = $2")

    // What may be an emergency first, then the oldest.
    private static let queue = Statement(
        name: "list_forms_to_review",
        sql: """
            SELECT \(IntakeRecord.columns), u.original_filename, f.parsed_json
            FROM \(IntakeRecord.source)
            WHERE f.clinic_id = $1 AND u.status IN ('EXTRACTED', 'ERROR') AND (f.requires_review OR $2::bool)
            ORDER BY f.is_emergency DESC, f.emergency_score DESC NULLS FIRST, u.created_at, f.id LIMIT $3
            """)

    private static let file = Statement(
        "read_intake_file",
        """
        SELECT mime_type, storage_key FROM uploads
        WHERE clinic_id = $1 AND id = $2 AND file_due_at IS NULL AND file_removed_at IS NULL
        """)

    /// The most forms of one look at the queue.
    package static let maximumQueue = 100

    /// Where a form stands.
    package func record(of form: IntakeFormID, _ context: TenantContext) async throws(StoreError) -> IntakeRecord {
        let rows = try await pool.run(context, [Self.one(.id(context.clinic), .id(form))])
        guard let row = rows[0].first else { throw .notFound(.form) }
        return try reading { () throws(DatabaseError) in try IntakeRecord(row) }
    }

    /// The forms that wait for a person, emergencies first; `limit` is held within 1 to 100. Audited.
    ///
    /// - Parameter all: those too that the machine is sure of.
    package func reviewQueue(
        all: Bool, limit: Int, _ context: TenantContext
    ) async throws(StoreError) -> [ReviewItem] {
        let limit = min(max(limit, 1), Self.maximumQueue)
        let rows = try await pool.run(
            context,
            [
                Self.queue(.id(context.clinic), .bool(all), .integer(limit)),
                context.audit(.formsRead, table: "intake_forms", IntakeFormID?.none),
            ])
        var items: [ReviewItem] = []
        for row in rows[0] {
            let (record, filename, parsed) = try reading {
                () throws(DatabaseError) -> (IntakeRecord, String?, [UInt8]?) in
                (
                    try IntakeRecord(row), try row.optionalString("original_filename"),
                    try row.optionalUTF8("parsed_json")
                )
            }
            items.append(
                ReviewItem(
                    record: record,
                    filename: try filename.map { sealed throws(StoreError) in
                        PHI(String(decoding: try vault.open(sealed, .filename, of: record.form), as: UTF8.self))
                    },
                    suggestions: try parsed.map { stored throws(StoreError) in
                        try FormSuggestions(stored, .parsed, of: record.form, vault)
                    }))
        }
        return items
    }

    /// Where the file of a form is, for a person who looks at it; not found where it was kept long enough. Audited, also for an
    /// id that the clinic does not have.
    package func file(
        of form: IntakeFormID, _ context: TenantContext
    ) async throws(StoreError) -> (storageKey: String, type: FormFileType) {
        let rows = try await pool.run(
            context,
            [
                context.audit(.formFileRead, table: "uploads", form),
                Self.file(.id(context.clinic), .id(form)),
            ])
        guard let row = rows[1].first else { throw .notFound(.form) }
        return try reading { () throws(DatabaseError) in
            (try row.string("storage_key"), try row.choice("mime_type"))
        }
    }
}
