import Clinic
import Hub
import Store
import Wire

/// Exceptions from a schedule: an admin makes any, and a doctor takes over a shift.
struct OverrideRoutes {
    let hub: ClinicHub
    private static let longest = Duration.seconds(366 * 86_400)
    private static let ahead = Duration.seconds(31 * 86_400)

    var routes: [Route] {
        [
            Route(.get, "/api/v1/schedules/{id}/overrides") { [self] context throws(Problem) in
                try await list(context)
            },
            Route(.post, "/api/v1/schedules/{id}/overrides") { [self] context throws(Problem) in
                try await create(context)
            },
            Route(.delete, "/api/v1/schedules/{id}/overrides/{override}") { [self] context throws(Problem) in
                try await delete(context)
            },
        ]
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readSchedules, to: "read schedules")
        let id: ScheduleID = try context.id("id", of: "schedule")
        let query = try TimeRangeQuery(context.request.head.query)
        let tenant = context.tenant(principal)
        let now: Timestamp
        do {
            now = try await hub.store.schedules.now(tenant)
        } catch {
            throw Problem(error)
        }
        let (from, to) = try query.range(now: now, length: Self.ahead)
        do {
            let overrides = try await hub.store.schedules.overrides(of: id, from: from, to: to, tenant)
            var json = JSONWriter()
            json.object { json in
                json.field("overrides", array: { json in for override in overrides { override.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        let id: ScheduleID = try context.id("id", of: "schedule")
        let body = try context.body(allowing: ["userId", "from", "to"])
        let (person, from, to) = try context.fields {
            () throws(JSONFieldError) -> (UserID, Timestamp, Timestamp) in
            let from = try body.parsed("from", as: "a time of RFC 3339") { Timestamp(rfc3339: $0) }
            let to = try body.parsed("to", as: "a time of RFC 3339") { Timestamp(rfc3339: $0) }
            guard from < to, to.duration(since: from) <= Self.longest else {
                throw JSONFieldError(field: "to", expected: "after from by at most 366 days", actual: to.rfc3339)
            }
            return (try body.parsed("userId", as: "a UUID") { UserID($0) }, from, to)
        }
        if principal.role != .doctor || principal.user != person {
            try principal.require(.manageSchedules, to: "put other people on call")
        }
        let tenant = context.tenant(principal)
        do {
            let override = try await hub.store.schedules.override(id, by: person, from: from, to: to, tenant)
            await hub.scheduleChanged(id, in: tenant.clinic)
            var json = JSONWriter()
            override.write(to: &json)
            var response = HTTPResponse.json(.created, json.bytes)
            response.fields.set("Location", "/api/v1/schedules/\(id)/overrides/\(override.duty.id)")
            return response
        } catch {
            throw Problem(error)
        }
    }

    private func delete(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        let id: ScheduleID = try context.id("id", of: "schedule")
        let override: OverrideID = try context.id("override", of: "override")
        if principal.role != .doctor {
            try principal.require(.manageSchedules, to: "take overrides back")
        }
        let tenant = context.tenant(principal)
        do {
            try await hub.store.schedules.delete(
                override, of: id, person: principal.role == .doctor ? principal.user : nil, tenant)
            await hub.scheduleChanged(id, in: tenant.clinic)
            return HTTPResponse(.noContent)
        } catch {
            throw Problem(error)
        }
    }
}
