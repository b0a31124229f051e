import Clinic
import Hub
import Store
import Wire

/// The watch over producers: who is watched, and their word that they are alive.
struct MonitorRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.post, "/api/v1/monitors") { [self] context throws(Problem) in try await add(context) },
            Route(.get, "/api/v1/monitors") { [self] context throws(Problem) in try await list(context) },
            Route(.delete, "/api/v1/monitors/{id}") { [self] context throws(Problem) in try await remove(context) },
            Route(.post, "/api/v1/monitors/{id}/heartbeat") { [self] context throws(Problem) in
                try await hear(context)
            },
        ]
    }

    private func add(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageMonitors, to: "watch producers")
        let body = try context.body(allowing: ["source", "everySeconds", "graceSeconds", "urgencyLevel"])
        let draft = try context.fields { () throws(JSONFieldError) in
            MonitorStore.Draft(
                source: try Self.source(body), everySeconds: Int(try body.integer("everySeconds", in: 5...86_400)),
                graceSeconds: Int(try body.integer("graceSeconds", in: 0...86_400)),
                urgency: try body.choice("urgencyLevel"))
        }
        do {
            return .json(.created, Self.json(try await hub.store.monitors.add(draft, context.tenant(principal))))
        } catch {
            throw Problem(error)
        }
    }

    /// A producer's name stands on the board, so it is a word and not a text.
    private static func source(_ body: JSONObject) throws(JSONFieldError) -> String {
        try body.parsed("source", as: "1 to 64 letters, digits, dots and hyphens") { text in
            let isWord = text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".")
            }
            return isWord && (1...64).contains(text.utf8.count) ? text : nil
        }
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readDashboard, to: "read monitors")
        do {
            let monitors = try await hub.store.monitors.list(context.tenant(principal))
            var json = JSONWriter()
            json.object { json in
                json.field("monitors", array: { json in for monitor in monitors { monitor.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func remove(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageMonitors, to: "stop watching producers")
        let id: MonitorID = try context.id("id", of: "monitor")
        do {
            try await hub.store.monitors.remove(id, context.tenant(principal))
            return HTTPResponse(.noContent)
        } catch {
            throw Problem(error)
        }
    }

    private func hear(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.createAlert, to: "report for a producer")
        let id: MonitorID = try context.id("id", of: "monitor")
        _ = try context.optionalBody(allowing: [])
        do {
            return .json(.ok, Self.json(try await hub.store.monitors.hear(id, context.tenant(principal))))
        } catch {
            throw Problem(error)
        }
    }

    private static func json(_ monitor: MonitorStore.Monitor) -> [UInt8] {
        var json = JSONWriter()
        monitor.write(to: &json)
        return json.bytes
    }
}

extension MonitorStore.Monitor {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("monitorId", id.description)
            json.field("source", source)
            json.field("everySeconds", everySeconds)
            json.field("graceSeconds", graceSeconds)
            json.field("urgencyLevel", urgency.rawValue)
            json.field("heardAt", heardAt?.rfc3339)
            json.field("dueAt", dueAt?.rfc3339)
            json.field("silentSince", silentSince?.rfc3339)
            json.field("alertId", alert?.description)
        }
    }
}
