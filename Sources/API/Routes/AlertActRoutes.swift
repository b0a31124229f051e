import Clinic
import Hub
import HubProtocol
import Store
import Wire

/// What people do to an alert: an operation an act, each answered with the alert's status after it.
struct AlertActRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.patch, "/api/v1/alerts/{id}/acknowledge") { [self] context throws(Problem) in
                try await act(.acknowledge, context)
            },
            Route(.post, "/api/v1/alerts/{id}/decline") { [self] context throws(Problem) in
                try await act(.decline, context)
            },
            Route(.post, "/api/v1/alerts/{id}/unaccept") { [self] context throws(Problem) in
                try await act(.unaccept, context)
            },
            Route(.post, "/api/v1/alerts/{id}/progress") { [self] context throws(Problem) in
                try await act(.progress, context)
            },
            Route(.post, "/api/v1/alerts/{id}/escalate") { [self] context throws(Problem) in
                try await act(.escalate, context)
            },
            Route(.post, "/api/v1/alerts/{id}/snooze") { [self] context throws(Problem) in
                try await act(.snooze, context)
            },
            Route(.post, "/api/v1/alerts/{id}/close") { [self] context throws(Problem) in
                try await act(.close, context)
            },
            Route(.post, "/api/v1/alerts/{id}/reopen") { [self] context throws(Problem) in
                try await act(.reopen, context)
            },
        ]
    }

    private func act(_ kind: AlertAct.Kind, _ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(kind.right, to: kind.phrase)
        let id: AlertID = try context.id("id", of: "alert")
        let body = try context.optionalBody(allowing: AlertAct.fields(of: kind))
        let act = try context.fields { () throws(JSONFieldError) in try AlertAct(kind, body) }
        var tenant = context.tenant(principal)
        tenant.way = .rest
        do {
            let status = try await hub.act(act, on: id, tenant)
            var json = JSONWriter()
            json.object { json in
                json.field("alertId", id.description)
                json.field("status", status.rawValue)
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }
}
