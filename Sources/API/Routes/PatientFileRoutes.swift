import Clinic
import Hub
import Store
import Wire

/// A patient's own rights: to have all that is kept, and to be forgotten.
struct PatientFileRoutes {
    let hub: ClinicHub
    /// How long records must be kept after the discharge.
    let keptDays: Int

    var routes: [Route] {
        [
            Route(.get, "/api/v1/patients/{id}/export") { [self] context throws(Problem) in try await export(context) },
            Route(.delete, "/api/v1/patients/{id}") { [self] context throws(Problem) in try await erase(context) },
        ]
    }

    private func export(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.exportPatients, to: "hand over patients' files")
        let id: PatientID = try context.id("id", of: "patient")
        let tenant = context.tenant(principal)
        do {
            let file = try await hub.store.patients.file(of: id, tenant)
            var filter = AuditStore.Filter()
            filter.target = AlertID(high: id.high, low: id.low)
            let accesses = try await hub.store.audit.page(
                of: principal.clinic, filter, after: nil, limit: PatientStore.maximumListed, isAudited: false, tenant)
            var json = JSONWriter(capacity: 16_384)
            json.object { json in
                json.field("patient", object: { json in file.patient.members(in: &json, for: principal) })
                json.field("alerts", array: { json in for alert in file.alerts { alert.write(to: &json) } })
                json.field("forms", array: { json in for form in file.forms { form.write(to: &json) } })
                json.field("orders", array: { json in for order in file.orders { order.write(to: &json) } })
                json.field(
                    "accesses",
                    array: { json in
                        for access in accesses.records {
                            json.object { json in
                                json.field("action", access.action)
                                json.field("actorUserId", access.actor?.description)
                                json.field("actorRole", access.actorRole)
                                json.field("at", access.loggedAt.rfc3339)
                            }
                        }
                    })
            }
            var response = HTTPResponse.json(.ok, json.bytes)
            response.fields.set("Cache-Control", "no-store")
            return response
        } catch {
            throw Problem(error)
        }
    }

    private func erase(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.erasePatients, to: "erase patients")
        let id: PatientID = try context.id("id", of: "patient")
        let outcome: PatientStore.Erasure
        do {
            outcome = try await hub.store.patients.erase(id, keptDays: keptDays, context.tenant(principal))
        } catch {
            throw Problem(error)
        }
        switch outcome {
        case .none: throw .notFound("patient")
        case .open:
            throw Problem(
                .conflict, "state-conflict",
                "Only a patient who is discharged, and whose alerts are all closed, can be erased.")
        case .early:
            throw Problem(
                .conflict, "state-conflict", "Records are kept for \(keptDays) days after the discharge.")
        case .done:
            // What the shelf refuses now is due, and goes with the next look for what is old.
            await hub.removeScans(olderThan: nil, of: principal.clinic)
            return HTTPResponse(.noContent)
        }
    }
}

extension PatientStore.File.Alert {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("alertId", id.description)
            json.field("urgencyLevel", urgency.rawValue)
            json.field("status", status.rawValue)
            json.field("room", room)
            json.field("reason", reason)
            json.field("createdAt", createdAt.rfc3339)
            json.field("acknowledgedAt", acknowledgedAt?.rfc3339)
        }
    }
}

extension PatientStore.File.Form {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("formId", id.description)
            json.field("isEmergency", isEmergency)
            json.field("createdAt", createdAt.rfc3339)
        }
    }
}
