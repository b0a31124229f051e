import Clinic
import Hub
import Store
import Wire

/// Maintenance windows: begun, listed, ended early. They end by themselves.
struct MaintenanceRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.post, "/api/v1/maintenance") { [self] context throws(Problem) in try await begin(context) },
            Route(.get, "/api/v1/maintenance") { [self] context throws(Problem) in try await list(context) },
            Route(.delete, "/api/v1/maintenance/{id}") { [self] context throws(Problem) in try await end(context) },
        ]
    }

    private func begin(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageMaintenance, to: "begin maintenance")
        let body = try context.body(allowing: ["source", "suppresses", "until"])
        let draft = try context.fields { () throws(JSONFieldError) in
            MaintenanceStore.Draft(
                source: try body.optionalString("source", minLength: 1, maxLength: 64),
                suppresses: try Self.urgencies(body),
                until: try body.parsed("until", as: "RFC 3339 in UTC") { Timestamp(rfc3339: $0) })
        }
        let outcome: Result<MaintenanceStore.Window, MaintenanceStore.Refusal>
        do {
            outcome = try await hub.beginMaintenance(draft, by: principal.user, context.tenant(principal))
        } catch {
            throw Problem(error)
        }
        switch outcome {
        case .success(let window):
            var json = JSONWriter()
            window.write(to: &json)
            return .json(.created, json.bytes)
        case .failure(let refusal): throw refusal.problem
        }
    }

    private static func urgencies(_ body: JSONObject) throws(JSONFieldError) -> [UrgencyLevel]? {
        guard let elements = try body.optionalArray("suppresses", maxCount: UrgencyLevel.allCases.count) else {
            return nil
        }
        var levels: [UrgencyLevel] = []
        for element in elements {
            guard case .string(let word) = element, let level = UrgencyLevel(rawValue: word), !levels.contains(level)
            else {
                throw JSONFieldError(
                    field: "suppresses", expected: "urgency levels, each once", actual: "something else")
            }
            levels.append(level)
        }
        return levels
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readDashboard, to: "read maintenance windows")
        do {
            let windows = try await hub.store.maintenance.list(context.tenant(principal))
            var json = JSONWriter()
            json.object { json in
                json.field("windows", array: { json in for window in windows { window.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func end(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageMaintenance, to: "end maintenance")
        let id: MaintenanceWindowID = try context.id("id", of: "maintenance")
        do {
            try await hub.endMaintenance(id, context.tenant(principal))
            return HTTPResponse(.noContent)
        } catch {
            throw Problem(error)
        }
    }
}

extension MaintenanceStore.Refusal {
    fileprivate var problem: Problem {
        switch self {
        case .until(let longest):
            Problem(
                .unprocessableContent, "invalid-field",
                "The field until must be ahead, by \(longest.components.seconds) s at most.", field: "until")
        case .suppresses(let allowed):
            Problem(
                .unprocessableContent, "invalid-field",
                "The field suppresses must be within \(allowed.map(\.rawValue).joined(separator: ", ")).",
                field: "suppresses")
        }
    }
}

extension MaintenanceStore.Window {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("windowId", id.description)
            json.field("source", source)
            json.field("suppresses", array: { json in for urgency in suppresses { json.string(urgency.rawValue) } })
            json.field("createdBy", createdBy.description)
            json.field("beginsAt", beginsAt.rfc3339)
            json.field("endsAt", endsAt.rfc3339)
            json.field("isActive", isActive)
        }
    }
}
