package import Clinic
import Database
import Wire

/// What a person makes of a form: the only way from a form into `patients`.
extension IntakeStore {
    /// What was decided.
    package enum Decision: Sendable {
        /// The form is this person's.
        case approved(PatientDraft, notes: PHI<String>?)
        case rejected
    }

    /// What came of it.
    package struct Review: Sendable, Equatable {
        package let status: UploadStatus
        /// Nil where it was rejected.
        package let patient: PatientID?
    }

    private static let lock = Statement(
        "lock_intake_form",
        """
        SELECT u.status, f.patient_id, f.alert_id, e.id AS extraction_id
        FROM uploads u JOIN intake_forms f ON f.clinic_id = u.clinic_id AND f.upload_id = u.id
        LEFT JOIN extraction_jobs e ON e.clinic_id = u.clinic_id AND e.upload_id = u.id
        WHERE u.clinic_id = $1 AND u.id = $2
        FOR NO KEY UPDATE OF u
        """)

    private static let settleUpload = Statement(
        "settle_upload",
        "UPDATE uploads SET status = $3, updated_at = clock_timestamp() WHERE clinic_id = $1 AND id = $2")

    private static let insertReview = Statement(
        "insert_review_session",
        """
        INSERT INTO review_sessions
            (id, clinic_id, upload_id, extraction_job_id, reviewed_by_user_id, status, final_payload_json)
        VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6::jsonb)
        """)

    private static let insertPatient = Statement(
        "insert_patient_of_form",
        """
        INSERT INTO patients (clinic_id, id, full_name, date_of_birth, insurance_id, ssn_hash, upload_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """)

    private static let nameForm = Statement(
        "name_patient_of_form",
        "UPDATE intake_forms SET patient_id = $3, requires_review = FALSE WHERE clinic_id = $1 AND id = $2")

    private static let nameAlert = Statement(
        "name_patient_of_alert",
        "UPDATE alerts SET patient_id = $3 WHERE clinic_id = $1 AND id = $2")

    /// Approves or rejects a form, once: review, patient, the alert's patient, and audit rows in one transaction.
    ///
    /// A form that was uploaded for a known patient stays that patient's, whose record is not changed. Throws `notFound`,
    /// `conflict(.formNotRead)` while the form is being read, `conflict(.formSettled)` where somebody was faster.
    package func settle(
        _ form: IntakeFormID, _ decision: Decision, _ context: TenantContext
    ) async throws(StoreError) -> Review {
        guard let user = context.actor.user else { throw .notFound(.user) }
        let clinic = Parameter.id(context.clinic)
        return try await pool.interact(context) { transaction throws(StoreError) in
            let rows = try await transaction.execute([Self.lock(clinic, .id(form))])
            guard let row = rows[0].first else { throw .notFound(.form) }
            let (status, known, alert, extraction) = try reading {
                () throws(DatabaseError) -> (UploadStatus, PatientID?, AlertID?, ExtractionID?) in
                (
                    try row.choice("status"), try row.optionalID("patient_id"), try row.optionalID("alert_id"),
                    try row.optionalID("extraction_id")
                )
            }
            let next: UploadStatus = if case .approved = decision { .verified } else { .rejected }
            guard status.transition(to: next) == .moves else {
                throw .conflict(status == .verified || status == .rejected ? .formSettled : .formNotRead)
            }
            var calls = [Self.settleUpload(clinic, .id(form), .text(next.rawValue))]
            let review = { (status: String, payload: String?) in
                Self.insertReview(clinic, .id(form), .id(extraction), .id(user), .text(status), .text(payload))
            }
            guard case .approved(let draft, let notes) = decision else {
                calls += [review("REJECTED", nil), context.audit(.reviewRejected, table: "intake_forms", form)]
                _ = try await transaction.executeAndCommit(calls)
                return Review(status: next, patient: nil)
            }
            calls.append(review("APPROVED", try payload(draft, notes, of: form)))
            let patient = known ?? .random()
            if known == nil { calls += try insertCalls(draft, as: patient, of: form, context) }
            calls.append(Self.nameForm(clinic, .id(form), .id(patient)))
            if let alert { calls.append(Self.nameAlert(clinic, .id(alert), .id(patient))) }
            calls.append(context.audit(.reviewApproved, table: "intake_forms", form))
            _ = try await transaction.executeAndCommit(calls)
            return Review(status: next, patient: patient)
        }
    }

    private func insertCalls(
        _ draft: PatientDraft, as patient: PatientID, of form: IntakeFormID, _ context: TenantContext
    ) throws(StoreError) -> [Call] {
        let birth = try draft.dateOfBirth.map { date throws(StoreError) in
            try vault.seal(date.map(\.description), .dateOfBirth, of: patient)
        }
        let insurance = try draft.insuranceID.map { text throws(StoreError) in
            try vault.seal(text, .insuranceID, of: patient)
        }
        return [
            Self.insertPatient(
                .id(context.clinic), .id(patient), .bytes(try vault.seal(name: draft.fullName, of: patient)),
                .bytes(birth), .bytes(insurance),
                .text(draft.ssn.flatMap { vault.digests(of: $0, in: context.clinic).first }), .id(form)),
            context.audit(.patientRegistered, table: "patients", patient),
        ]
    }

    /// What was approved, sealed. A social security number is kept nowhere but as the patient's digest.
    private func payload(
        _ draft: PatientDraft, _ notes: PHI<String>?, of form: IntakeFormID
    ) throws(StoreError) -> String {
        var inner = JSONWriter()
        inner.object { json in
            json.field("fullName", draft.fullName.disclosed(to: .sealing))
            json.field("dateOfBirth", draft.dateOfBirth?.disclosed(to: .sealing).description)
            json.field("insuranceId", draft.insuranceID?.disclosed(to: .sealing))
            json.field("notes", notes?.disclosed(to: .sealing))
        }
        let sealed = try vault.seal(inner.bytes, .final, of: form)
        var json = JSONWriter()
        json.object { $0.field("sealed", sealed) }
        return json.text
    }
}
