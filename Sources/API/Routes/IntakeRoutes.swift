import Clinic
import Hub
import Intake
import Platform
import Store
import Transport
import Wire

/// Forms: taken in, followed, reviewed.
struct IntakeRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        let limit = (hub.desk?.maximumBytes ?? 0) + UploadReceiver.overheadBytes
        return [
            Route(.post, "/api/v1/intake/upload", streamedBodyLimit: limit) { [self] context throws(Problem) in
                try await upload(context)
            },
            Route(.get, "/api/v1/intake/review-queue") { [self] context throws(Problem) in
                try await reviewQueue(context)
            },
            Route(.get, "/api/v1/intake/{id}/status") { [self] context throws(Problem) in try await status(context) },
            Route(.get, "/api/v1/intake/{id}/file") { [self] context throws(Problem) in try await file(context) },
            Route(.patch, "/api/v1/intake/{id}/confirm") { [self] context throws(Problem) in
                try await confirm(context)
            },
        ]
    }

    // MARK: Taking in

    private func upload(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.uploadForms, to: "upload forms")
        guard let desk = hub.desk else { throw Self.noIntake }
        let key = try context.idempotencyKey()
        guard let body = context.upload else {
            throw Problem(.badRequest, "malformed-form", "The request has no body; send multipart/form-data.")
        }
        let clinic = principal.clinic
        let receiver = UploadReceiver(desk: desk) { [hub] key throws(StoreError) in
            try await hub.store.intake.announce(key, in: clinic)
        }
        let received = try await receiver.receive(
            body, fields: context.request.head.fields, clinic: principal.clinic)
        let draft = UploadDraft(
            form: received.form, type: received.type, filename: received.filename, storageKey: received.storageKey,
            sizeBytes: received.written.sizeBytes, contentDigest: received.written.contentDigest,
            formerDigests: received.written.formerDigests, patient: received.patient, idempotencyKey: key)
        do throws(StoreError) {
            let registered = try await hub.register(draft, context.tenant(principal))
            if registered.isReplay { await forget(received, desk) }
            return answer(registered)
        } catch {
            // Where nobody knows whether it is registered, the file must stay.
            if !error.isOutcomeUnknown { await forget(received, desk) }
            throw Problem(error)
        }
    }

    /// Removes a file that no form names. What cannot be removed now is by `RetentionEngine`, since it was announced.
    private func forget(_ received: UploadReceiver.Received, _ desk: FormDesk) async {
        do throws(ShelfError) {
            try await desk.shelf.remove(received.storageKey)
        } catch {
            Log.warning("a file that is not needed stays", ["error": "\(error)"])
        }
    }

    private func answer(_ registered: RegisteredUpload) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("formId", registered.form.description)
            json.field("status", registered.status.rawValue)
            json.field("createdAt", registered.createdAt.rfc3339)
        }
        var response = HTTPResponse.json(.created, json.bytes)
        response.fields.set("Location", "/api/v1/intake/\(registered.form)/status")
        if registered.isReplay { response.fields.set("Idempotency-Replayed", "true") }
        return response
    }

    private static let noIntake = Problem(
        .serviceUnavailable, "storage-unavailable", "This hub takes no forms at the moment. Try again.",
        retryAfterSeconds: 60)

    // MARK: Following

    private func status(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readForms, to: "read forms")
        let id: IntakeFormID = try context.id("id", of: "intake form")
        do {
            let record = try await hub.store.intake.record(of: id, context.tenant(principal))
            var json = JSONWriter()
            json.object { record.writeFields(to: &$0) }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func reviewQueue(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.reviewForms, to: "review forms")
        let query = try QueryReader(context.request.head.query, allowing: ["limit", "include"])
        let limit = try query.limit(upTo: IntakeStore.maximumQueue)
        let isAll = try query.single("include", "all") { $0 == "all" ? true : nil } ?? false
        do {
            let items = try await hub.store.intake.reviewQueue(
                all: isAll, limit: limit, context.tenant(principal))
            var json = JSONWriter(capacity: 4_096)
            json.object { json in
                json.field("forms", array: { json in for item in items { item.write(to: &json, for: principal) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    /// The scan itself, opened, for a person who compares it with what was read.
    private func file(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.reviewForms, to: "see forms")
        guard let desk = hub.desk else { throw Self.noIntake }
        let id: IntakeFormID = try context.id("id", of: "intake form")
        let found: (storageKey: String, type: FormFileType)
        do { found = try await hub.store.intake.file(of: id, context.tenant(principal)) } catch { throw Problem(error) }
        let opened: [UInt8]?
        do throws(ShelfError) { opened = try await desk.file(found.storageKey) } catch { throw .storage(error) }
        guard let opened else { throw .storage(.failed("a file does not open")) }
        var response = HTTPResponse(.ok, contentType: found.type.rawValue, body: opened)
        response.fields.set("Cache-Control", "no-store")
        response.fields.set("Content-Security-Policy", "default-src 'none'; sandbox")
        response.fields.set("Content-Disposition", "inline")
        return response
    }

    // MARK: Approving

    private func confirm(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.reviewForms, to: "approve forms")
        let id: IntakeFormID = try context.id("id", of: "intake form")
        let body = try context.body(allowing: ["decision", "fullName", "dateOfBirth", "insuranceId", "ssn", "notes"])
        let decision = try context.fields { () throws(JSONFieldError) in try Self.decision(body) }
        if case .approved(let draft, let notes) = decision { try Self.refuseCardNumbers(draft, notes, of: principal) }
        do {
            let review = try await hub.store.intake.settle(id, decision, context.tenant(principal))
            var json = JSONWriter()
            json.object { json in
                json.field("formId", id.description)
                json.field("status", review.status.rawValue)
                json.field("patientId", review.patient?.description)
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private enum Word: String, CaseIterable {
        case approved = "APPROVED"
        case rejected = "REJECTED"
    }

    private static func decision(_ body: JSONObject) throws(JSONFieldError) -> IntakeStore.Decision {
        let word: Word = try body.choice("decision")
        guard word == .approved else {
            try body.allowOnly(["decision"])
            return .rejected
        }
        return .approved(
            try PatientDraft(body),
            notes: try body.optionalString("notes", minLength: 1, maxLength: 2_000).map(PHI.init))
    }

    /// What people type is searched for card numbers as what machines read.
    private static func refuseCardNumbers(
        _ draft: PatientDraft, _ notes: PHI<String>?, of principal: Principal
    ) throws(Problem) {
        let scanner = CardNumberScanner()
        let texts: [(String, PHI<String>?)] = [
            ("fullName", draft.fullName), ("insuranceId", draft.insuranceID), ("notes", notes),
        ]
        for (name, text) in texts {
            guard let text, !scanner.findings(in: text.disclosed(to: .staff(principal.user))).isEmpty else { continue }
            throw Problem(
                .unprocessableContent, "invalid-field", "The field \(name) must hold no payment card number.",
                field: name)
        }
    }
}

extension IntakeRecord {
    fileprivate func writeFields(to json: inout JSONWriter) {
        json.field("formId", form.description)
        json.field("status", status.rawValue)
        json.field("mimeType", type.rawValue)
        json.field("sizeBytes", sizeBytes)
        json.field("createdAt", createdAt.rfc3339)
        json.field("processedAt", processedAt?.rfc3339)
        json.field("attempts", attempts)
        json.field("error", error)
        json.field("ocrConfidence", hundredths: confidence)
        json.field("emergencyScore", hundredths: emergencyScore)
        json.field("isEmergency", isEmergency)
        json.field("requiresReview", requiresReview)
        json.field("panDetected", hasCardNumber)
        json.field("panRedacted", isRedacted)
        json.field("alertId", alert?.description)
        json.field("patientId", patient?.description)
    }
}

extension ReviewItem {
    /// Discloses what the form says to the reader, whose read was audited.
    fileprivate func write(to json: inout JSONWriter, for principal: Principal) {
        let reader = PHIAudience.staff(principal.user)
        json.object { json in
            record.writeFields(to: &json)
            json.field("filename", filename?.disclosed(to: reader))
            json.field(
                "reasons",
                array: { json in
                    let reasons = suggestions?.reasons ?? [.unreadable]
                    for reason in reasons { json.string(reason.rawValue) }
                })
            json.field(
                "fields",
                array: { json in
                    for field in suggestions?.fields ?? [] {
                        json.object { json in
                            json.field("name", field.field.rawValue)
                            json.field("value", field.value.disclosed(to: reader))
                            json.field("confidence", field.confidence)
                        }
                    }
                })
            json.field("emergencyTerms", terms: suggestions?.found ?? [])
            json.field("deniedTerms", terms: suggestions?.denied ?? [])
        }
    }
}

extension JSONWriter {
    fileprivate mutating func field(_ name: String, hundredths: Int?) {
        if let hundredths { field(name, Double(hundredths) / 100) } else { field(name, value: .null) }
    }

    fileprivate mutating func field(_ name: String, terms: [TriageTerm]) {
        field(
            name,
            array: { json in
                for term in terms {
                    json.object { json in
                        json.field("phrase", term.phrase)
                        json.field("weight", term.weight)
                    }
                }
            })
    }
}
