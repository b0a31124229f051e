package import Clinic
import Database
import HubProtocol

/// What the machine's reading writes. Every transaction here begins with the job's lease: who lost it writes nothing.
extension IntakeStore {
    /// What a settled job left to be told.
    package struct Settled: Sendable, Equatable {
        /// What to broadcast.
        package let committed: CommittedEvents?
        /// The alert of an emergency, with its own events among `committed`; nil where the form is none.
        package let raised: RaisedAlert?
    }

    private static let beginUpload = Statement(
        "begin_upload",
        """
        UPDATE uploads SET status = 'PROCESSING', updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2 AND status IN ('UPLOADED', 'PROCESSING')
        RETURNING storage_key, mime_type
        """)

    private static let beginExtraction = Statement(
        "begin_extraction",
        """
        UPDATE extraction_jobs SET status = 'RUNNING', model_name = $3, attempts = $4, updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND upload_id = $2
        RETURNING id, (SELECT patient_id FROM intake_forms WHERE clinic_id = $1 AND id = $2) AS patient_id
        """)

    private static let moveUpload = Statement(
        "move_upload",
        "UPDATE uploads SET status = $3, updated_at = clock_timestamp() WHERE clinic_id = $1 AND id = $2")

    private static let moveExtraction = Statement(
        "move_extraction",
        """
        UPDATE extraction_jobs SET status = $3, error_message = $4, updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND upload_id = $2
        """)

    private static let insertResult = Statement(
        "insert_extraction_result",
        """
        INSERT INTO extraction_results
            (id, clinic_id, extraction_job_id, overall_confidence, summary, flags, suggestions_json)
        VALUES ($2, $1, $3, $4::int / 100.0, $5, $6::jsonb, $7::jsonb)
        """)

    private static let finishForm = Statement(
        "finish_intake_form",
        """
        UPDATE intake_forms
        SET parsed_json = $3::jsonb, pan_detected = $4, pan_redacted = $4, emergency_score = $5::int / 100.0,
            is_emergency = $6, ocr_confidence = $7::int / 100.0, requires_review = $8, alert_id = $9,
            processed_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let failForm = Statement(
        "fail_intake_form",
        """
        UPDATE intake_forms SET requires_review = TRUE, processed_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2
        """)

    // Nobody is known yet. The row stands for whoever filled the form in until a person approves it; its status keeps it out
    // of the clinic's flow, and the moment out of today's discharges.
    private static let insertStandIn = Statement(
        "insert_form_stand_in",
        """
        INSERT INTO patients (id, clinic_id, full_name, status, discharged_at)
        VALUES ($2, $1, $3, 'DISCHARGED', 'epoch')
        """)

    /// What screens and texts call whoever filled in a form that nobody has approved.
    package static let standInName = "Unconfirmed (intake form)"

    // MARK: Beginning

    /// The job's attempt begins: the form is PROCESSING. Nil where there is nothing left to read.
    ///
    /// - Parameter model: what reads it.
    package func begin(_ job: ClaimedJob, model: String) async throws(StoreError) -> ReadingOrder? {
        let (clinic, form) = (Parameter.id(job.clinic), Parameter.id(job.subject))
        let rows = try await pool.run(
            .hub(in: job.clinic),
            [
                JobStore.hold(job), Self.beginUpload(clinic, form),
                Self.beginExtraction(clinic, form, .text(model), .integer(job.attempt)),
            ])
        return try reading { () throws(DatabaseError) -> ReadingOrder? in
            guard let upload = rows[1].first, let extraction = rows[2].first else { return nil }
            return ReadingOrder(
                job: job, extraction: try extraction.id("id"), storageKey: try upload.string("storage_key"),
                type: try upload.choice("mime_type"), patient: try extraction.optionalID("patient_id"))
        }
    }

    // MARK: Ending

    /// The form was read: result, form, jobs, event, audit row, and the alert of an emergency, all or nothing.
    ///
    /// Throws `conflict(.leaseLost)` where another attempt has the job.
    package func complete(_ order: ReadingOrder, _ reading: FormReading) async throws(StoreError) -> Settled {
        let context = TenantContext.hub(in: order.job.clinic)
        let suggestions = FormSuggestions(reading)
        let parsed = try suggestions.column(.parsed, of: order.job.subject, vault)
        let stored = try suggestions.column(.suggestions, of: order.job.subject, vault)
        let before: [Call] = [JobStore.hold(order.job)]
        let after = { (alert: AlertID?) in
            completion(order, reading, parsed: parsed, suggestions: stored, alert: alert, context)
        }
        let event = NewEvent(
            .intakeProcessed(
                form: order.job.subject, isEmergency: reading.isEmergency, requiresReview: reading.requiresReview))
        guard let urgency = reading.urgency else {
            let rows = try await pool.run(
                context, before + after(nil) + [EventAppend.call(event, clinic: context.clinic)])
            let committed = try EventAppend.committed(rows.suffix(1), clinic: context.clinic, vault: vault)
            return Settled(committed: committed, raised: nil)
        }
        let patient = order.patient ?? .random()
        var draft = AlertDraft(patient: patient, assignedTo: nil, urgency: urgency, reason: Self.reason(reading))
        draft.source = "intake"
        draft.type = "INTAKE_EMERGENCY"
        var company = AlertCompany()
        company.before = before
        if order.patient == nil {
            let name = try vault.seal(name: PHI(Self.standInName), of: patient)
            company.before.append(Self.insertStandIn(.id(context.clinic), .id(patient), .bytes(name)))
        }
        company.after = { after($0) }
        company.events = [event]
        let raised = try await alerts.raise(draft, with: company, context)
        return Settled(committed: raised.committed, raised: raised)
    }

    /// An alert's reason is no patient data: how sure the hub is, not of what.
    private static func reason(_ reading: FormReading) -> String {
        "Intake form, emergency score \(reading.score.hundredths) of 100"
    }

    private func completion(
        _ order: ReadingOrder, _ reading: FormReading, parsed: String, suggestions: String, alert: AlertID?,
        _ context: TenantContext
    ) -> [Call] {
        let (clinic, form) = (Parameter.id(context.clinic), Parameter.id(order.job.subject))
        return [
            Self.moveUpload(clinic, form, .text(UploadStatus.extracted.rawValue)),
            Self.moveExtraction(clinic, form, .text(ExtractionStatus.succeeded.rawValue), .null),
            Self.insertResult(
                clinic, .id(ExtractionID.random()), .id(order.extraction), .integer(reading.confidence),
                .text(Self.summary(reading)), .text(Self.flags(reading)), .text(suggestions)),
            Self.finishForm(
                clinic, form, .text(parsed), .bool(reading.cardNumbers > 0), .integer(reading.score.hundredths),
                .bool(reading.isEmergency), .integer(reading.confidence), .bool(reading.requiresReview), .id(alert)),
            JobStore.done(order.job), JobStore.settleCompanion(.panScrub, of: order.job),
            context.audit(.extractionCompleted, table: "intake_forms", order.job.subject),
        ]
    }

    /// Counts alone: what was read is sealed.
    private static func summary(_ reading: FormReading) -> String {
        "\(reading.fields.count) of \(IntakeField.allCases.count) fields, \(reading.cardNumbers) card numbers redacted, "
            + "emergency score \(reading.score.hundredths) of 100"
    }

    private static func flags(_ reading: FormReading) -> String {
        var flags = reading.reasons.map(\.rawValue)
        if reading.isEmergency { flags.append("EMERGENCY") }
        if reading.cardNumbers > 0 { flags.append("CARD_NUMBER_REDACTED") }
        return "[" + flags.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }

    /// The attempt failed. It is tried again, or the form is given to a person to be typed in: then it needs review, and
    /// the screens are told.
    ///
    /// - Parameter error: a word of the hub's, at most 64 characters.
    package func fail(
        _ job: ClaimedJob, _ decision: JobRetry.Decision, error: String
    ) async throws(StoreError) -> CommittedEvents? {
        let context = TenantContext.hub(in: job.clinic)
        let (clinic, form) = (Parameter.id(job.clinic), Parameter.id(job.subject))
        var calls = [JobStore.hold(job), JobStore.failed(job, decision, error: error)]
        guard decision == .dead else {
            calls.append(Self.moveExtraction(clinic, form, .text(ExtractionStatus.queued.rawValue), .text(error)))
            _ = try await pool.run(context, calls)
            return nil
        }
        let event = NewEvent(.intakeProcessed(form: job.subject, isEmergency: false, requiresReview: true))
        calls += [
            JobStore.settleCompanion(.panScrub, of: job, error: error),
            Self.moveUpload(clinic, form, .text(UploadStatus.error.rawValue)),
            Self.moveExtraction(clinic, form, .text(ExtractionStatus.failed.rawValue), .text(error)),
            Self.failForm(clinic, form), context.audit(.extractionFailed, table: "intake_forms", job.subject),
            EventAppend.call(event, clinic: job.clinic),
        ]
        let rows = try await pool.run(context, calls)
        return try EventAppend.committed(rows.suffix(1), clinic: job.clinic, vault: vault)
    }
}
