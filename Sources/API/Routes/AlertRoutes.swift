import Clinic
import Cryptography
import Hub
import Store
import Wire

/// The alerts' operations, as the platform's contract names them.
struct AlertRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.post, "/api/v1/alerts") { [self] context throws(Problem) in try await raise(context) },
            Route(.get, "/api/v1/alerts") { [self] context throws(Problem) in try await list(context) },
            Route(.get, "/api/v1/alerts/{id}") { [self] context throws(Problem) in try await detail(context) },
        ]
    }

    // MARK: POST /api/v1/alerts

    private func raise(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.createAlert, to: "raise alerts")
        let body = try context.body(allowing: [
            "patientId", "urgencyLevel", "room", "reason", "assignedTo", "source", "alertType", "repetitionKey",
        ])
        let draft = try context.fields { () throws(JSONFieldError) in
            var draft = AlertDraft(
                patient: try body.parsed("patientId", as: "a UUID") { PatientID($0) },
                assignedTo: try body.optionalParsed("assignedTo", as: "a UUID") { UserID($0) },
                urgency: try body.choice("urgencyLevel"),
                room: try body.optionalString("room", minLength: 1, maxLength: 50),
                reason: try body.optionalString("reason", maxLength: 500))
            draft.source = try body.optionalString("source", minLength: 1, maxLength: 64)
            draft.type = try body.optionalString("alertType", minLength: 1, maxLength: 64)
            draft.repetitionKey = try body.optionalString("repetitionKey", minLength: 1, maxLength: 128)
            return draft
        }
        let key = try idempotencyKey(context)
        do {
            let raising = try await hub.raiseOrRepeat(draft, idempotency: key, context.tenant(principal))
            guard case .raised(let raised) = raising else { return answer(raising) }
            var response = HTTPResponse.json(.created, answer(raised, draft))
            response.fields.set("Location", "/api/v1/alerts/\(raised.id)")
            if raised.isReplay { response.fields.set("Idempotency-Replayed", "true") }
            return response
        } catch {
            throw Problem(error)
        }
    }

    private func idempotencyKey(_ context: RequestContext) throws(Problem) -> IdempotencyKey? {
        try context.idempotencyKey().map { IdempotencyKey(key: $0, requestHash: SHA256.hash(context.request.body)) }
    }

    /// The same alert is open: where it is, and how often it was raised.
    private func answer(_ raising: Raising) -> HTTPResponse {
        guard case .repeated(let repeated) = raising else { return HTTPResponse(.noContent) }
        var json = JSONWriter()
        json.object { json in
            json.field("alertId", repeated.id.description)
            json.field("code", repeated.code)
            json.field("urgencyLevel", repeated.urgency.rawValue)
            json.field("status", repeated.advance.status.rawValue)
            json.field("count", repeated.count)
        }
        var response = HTTPResponse.json(.ok, json.bytes)
        response.fields.set("Location", "/api/v1/alerts/\(repeated.id)")
        return response
    }

    private func answer(_ raised: RaisedAlert, _ draft: AlertDraft) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("alertId", raised.id.description)
            json.field("patientId", draft.patient.description)
            json.field("assignedTo", draft.assignedTo?.description)
            json.field("urgencyLevel", draft.urgency.rawValue)
            json.field("room", draft.room)
            json.field("reason", draft.reason)
            json.field("status", raised.status.rawValue)
            json.field("code", raised.code)
            json.field("createdAt", raised.createdAt.rfc3339)
        }
        return json.bytes
    }

    // MARK: GET

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readAlerts, to: "read alerts")
        let query = try AlertQuery(context.request.head.query)
        do {
            let page = try await hub.store.alerts.list(
                query.filter, after: query.cursor, limit: query.limit, context.tenant(principal))
            var json = JSONWriter()
            json.object { json in
                json.field(
                    "alerts", array: { json in for alert in page.alerts { alert.write(to: &json, for: principal) } })
                json.field("next", page.next.map(AlertQuery.text))
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func detail(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readAlerts, to: "read alerts")
        let id: AlertID = try context.id("id", of: "alert")
        do {
            let detail = try await hub.store.alerts.detail(id, context.tenant(principal))
            var json = JSONWriter(capacity: 2048)
            detail.write(to: &json, for: principal)
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }
}

extension HTTPResponse {
    /// A JSON answer that no cache keeps: it may hold patient data.
    static func json(_ status: HTTPStatus, _ body: [UInt8]) -> HTTPResponse {
        var response = HTTPResponse(status, contentType: "application/json", body: body)
        response.fields.set("Cache-Control", "no-store")
        return response
    }
}

extension RequestContext {
    /// On whose behalf the store works for this request.
    func tenant(_ principal: Principal) -> TenantContext {
        TenantContext(
            clinic: principal.clinic, actor: principal.actor, ipAddress: address,
            sessionID: requestID)
    }
}
