import Clinic
import Hub
import Store
import Wire

/// The patients' flow: its changes and its counts.
struct PatientRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.patch, "/api/v1/patients/{id}/status") { [self] context throws(Problem) in
                try await changeStatus(context)
            },
            Route(.get, "/api/v1/dashboard/flow") { [self] context throws(Problem) in try await flow(context) },
        ]
    }

    private func changeStatus(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.changePatientStatus, to: "change a patient's status")
        let id: PatientID = try context.id("id", of: "patient")
        let body = try context.body(allowing: ["status"])
        let wanted: PatientStatus = try context.fields { () throws(JSONFieldError) in try body.choice("status") }
        do {
            try await hub.changeStatus(of: id, to: wanted, context.tenant(principal))
        } catch {
            throw Problem(error)
        }
        var json = JSONWriter()
        json.object { json in
            json.field("patientId", id.description)
            json.field("status", wanted.rawValue)
        }
        return .json(.ok, json.bytes)
    }

    private func flow(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readDashboard, to: "read the dashboard")
        do {
            let counts = try await hub.store.patients.flowCounts(context.tenant(principal))
            var json = JSONWriter()
            json.object { json in
                json.field("waiting", counts.waiting)
                json.field("beingAttended", counts.beingAttended)
                json.field("discharged", counts.discharged)
                json.field("total", counts.waiting + counts.beingAttended)
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }
}
