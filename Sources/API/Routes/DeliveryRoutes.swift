import Clinic
import Hub
import Platform
import Store
import Wire

/// What operators need of the way out: how the gateways do, and the messages that nobody got.
struct DeliveryRoutes {
    let hub: ClinicHub
    let statuses: GatewayStatuses

    var routes: [Route] {
        [
            Route(.get, "/api/v1/gateways") { [self] context throws(Problem) in try gateways(context) },
            Route(.get, "/api/v1/dead-letters") { [self] context throws(Problem) in try await list(context) },
            Route(.post, "/api/v1/dead-letters/{id}/replay") { [self] context throws(Problem) in
                try await replay(context)
            },
        ]
    }

    private func gateways(_ context: RequestContext) throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readGateways, to: "read the gateways' health")
        var json = JSONWriter()
        json.object { json in
            json.field(
                "gateways", array: { json in for status in statuses.all { status.write(to: &json) } })
        }
        return .json(.ok, json.bytes)
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readDeadLetters, to: "read dead letters")
        let query = try QueryReader(context.request.head.query, allowing: ["limit", "cursor"])
        let limit = try query.limit(upTo: DeadLetterStore.maximumPage)
        let place: PageCursor<Subject.Message>? = try query.cursor()
        let cursor = place.map { DeadLetterStore.Cursor(deadAt: $0.time, id: $0.id) }
        do {
            let page = try await hub.store.deadLetters.page(
                limit: limit, after: cursor, context.tenant(principal))
            var json = JSONWriter()
            json.object { json in
                json.field("deadLetters", array: { json in for letter in page.letters { letter.write(to: &json) } })
                json.field("next", page.next.map { PageCursor(time: $0.deadAt, id: $0.id).text })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func replay(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.replayDeadLetters, to: "replay dead letters")
        let id: MessageID = try context.id("id", of: "dead letter")
        _ = try context.optionalBody(allowing: [])
        do {
            let letter = try await hub.store.deadLetters.replay(id, context.tenant(principal))
            hub.noteMessage()
            var json = JSONWriter()
            letter.write(to: &json)
            return .json(.accepted, json.bytes)
        } catch {
            throw Problem(error)
        }
    }
}

extension GatewayStatus {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.field("channel", kind.rawValue)
            json.field("state", state.rawValue)
            json.field("weight", weight)
            json.field("share", (share * 1_000).rounded() / 1_000)
            json.field("capabilities", array: { json in for name in capabilities { json.string(name) } })
            json.field("accepted", accepted)
            json.field("rejected", rejected)
            json.field("unknown", unknown)
            json.field("delivered", delivered)
            json.field("failed", failed)
            if let callSeconds {
                json.field("callMilliseconds", (callSeconds * 10_000).rounded() / 10)
            } else {
                json.field("callMilliseconds", value: .null)
            }
            json.field("lastFaultCode", lastFault?.code)
            json.field("lastFaultAt", lastFault?.at.rfc3339)
        }
    }
}

extension DeadLetter {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id.description)
            json.field("alertId", alert.description)
            json.field("userId", user.description)
            json.field("channel", kind.rawValue)
            json.field("template", template)
            json.field("urgencyLevel", urgency.rawValue)
            json.field("step", step)
            json.field("state", state)
            json.field("reason", reason)
            json.field("createdAt", createdAt.rfc3339)
            json.field("deadAt", deadAt?.rfc3339)
            json.field("attempts", attempts)
            json.field("gateways", array: { json in for name in gateways { json.string(name) } })
            json.field("replays", replays)
            json.field("isReplayable", isReplayable)
        }
    }
}
