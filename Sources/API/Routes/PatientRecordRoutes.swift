import Clinic
import Hub
import Store
import Wire

/// Patients' records: registered, listed, read. Their flow is in `PatientRoutes`.
struct PatientRecordRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.post, "/api/v1/patients") { [self] context throws(Problem) in try await register(context) },
            Route(.get, "/api/v1/patients") { [self] context throws(Problem) in try await list(context) },
            Route(.get, "/api/v1/patients/{id}") { [self] context throws(Problem) in try await detail(context) },
            Route(.get, "/api/v1/patients/{id}/billing") { [self] context throws(Problem) in
                try await billing(context)
            },
        ]
    }

    private func register(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.registerPatient, to: "register patients")
        let body = try context.body(allowing: ["fullName", "dateOfBirth", "insuranceId", "ssn"])
        let draft = try context.fields { () throws(JSONFieldError) in
            try PatientDraft(body)
        }
        do {
            let patient = try await hub.store.patients.register(draft, context.tenant(principal))
            var json = JSONWriter()
            patient.write(to: &json, for: principal)
            var response = HTTPResponse.json(.created, json.bytes)
            response.fields.set("Location", "/api/v1/patients/\(patient.id)")
            return response
        } catch {
            throw Problem(error)
        }
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readPatients, to: "read patients")
        let query = try QueryReader(context.request.head.query, allowing: ["status", "limit", "cursor"])
        let statuses: Set<PatientStatus>? = try query.choices("status")
        let limit = try query.limit(upTo: PatientStore.maximumPage)
        let place: PageCursor<Subject.Patient>? = try query.cursor()
        do {
            let page = try await hub.store.patients.list(
                statuses, after: place.map { PatientStore.Cursor(arrivedAt: $0.time, id: $0.id) }, limit: limit,
                context.tenant(principal))
            var json = JSONWriter()
            json.object { json in
                json.field(
                    "patients",
                    array: { json in for patient in page.patients { patient.write(to: &json, for: principal) } })
                json.field("next", page.next.map { PageCursor(time: $0.arrivedAt, id: $0.id).text })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func detail(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readPatients, to: "read patients")
        let id: PatientID = try context.id("id", of: "patient")
        do {
            let patient = try await hub.store.patients.record(of: id, context.tenant(principal))
            var json = JSONWriter()
            patient.write(to: &json, for: principal)
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func billing(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readPatients, to: "read patients")
        let id: PatientID = try context.id("id", of: "patient")
        do {
            let orders = try await hub.store.patients.billing(of: id, context.tenant(principal))
            var json = JSONWriter()
            json.object { json in
                json.field("patientId", id.description)
                json.field("orders", array: { json in for order in orders { order.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }
}

extension PatientDraft {
    /// Reads the members that identify a patient.
    init(_ body: JSONObject) throws(JSONFieldError) {
        self.init(
            fullName: PHI(try body.string("fullName", minLength: 1, maxLength: 200)),
            dateOfBirth: try body.optionalParsed("dateOfBirth", as: "a date such as 1970-01-31") {
                CalendarDate($0)
            }.map(PHI.init),
            insuranceID: try body.optionalString("insuranceId", minLength: 1, maxLength: 100).map(PHI.init),
            ssn: try body.optionalParsed("ssn", as: "nine digits, with or without dashes") {
                SocialSecurityNumber($0)
            }.map(PHI.init))
    }
}

extension PatientRecord {
    /// Discloses the patient to the reader, whose read was audited.
    fileprivate func write(to json: inout JSONWriter, for principal: Principal) {
        json.object { json in members(in: &json, for: principal) }
    }

    /// The members of the patient's object.
    func members(in json: inout JSONWriter, for principal: Principal) {
        let reader = PHIAudience.staff(principal.user)
        json.field("patientId", id.description)
        json.field("fullName", fullName.disclosed(to: reader))
        json.field("dateOfBirth", dateOfBirth?.disclosed(to: reader).description)
        json.field("insuranceId", insuranceID?.disclosed(to: reader))
        json.field("hasSsn", hasSSN)
        json.field("status", status.rawValue)
        json.field("arrivedAt", arrivedAt.rfc3339)
        json.field("dischargedAt", dischargedAt?.rfc3339)
    }
}

extension BillingRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("squareOrderId", orderID)
            json.field("status", status?.rawValue)
            json.field("amountCents", amountCents.map { Int64($0) })
            json.field("currency", currency)
            json.field("lastSyncedAt", lastSyncedAt.rfc3339)
        }
    }
}
