import Clinic
import Hub
import Store
import Wire

/// The on-call schedules of the clinic, and what comes of them.
struct ScheduleRoutes {
    let hub: ClinicHub
    private static let ahead = Duration.seconds(14 * 86_400)

    var routes: [Route] {
        [
            Route(.get, "/api/v1/schedules") { [self] context throws(Problem) in try await list(context) },
            Route(.post, "/api/v1/schedules") { [self] context throws(Problem) in try await create(context) },
            Route(.get, "/api/v1/schedules/{id}") { [self] context throws(Problem) in try await read(context) },
            Route(.put, "/api/v1/schedules/{id}") { [self] context throws(Problem) in try await replace(context) },
            Route(.delete, "/api/v1/schedules/{id}") { [self] context throws(Problem) in try await delete(context) },
            Route(.get, "/api/v1/schedules/{id}/shifts") { [self] context throws(Problem) in
                try await shifts(context)
            },
            Route(.get, "/api/v1/schedules/{id}/gaps") { [self] context throws(Problem) in try await gaps(context) },
        ]
    }

    // MARK: The definition

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readSchedules, to: "read schedules")
        do {
            let schedules = try await hub.store.schedules.schedules(context.tenant(principal))
            var json = JSONWriter(capacity: 1_024)
            json.object { json in
                json.field("schedules", array: { json in for schedule in schedules { schedule.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageSchedules, to: "make schedules")
        let definition = try definition(context)
        let tenant = context.tenant(principal)
        do {
            let schedule = try await hub.store.schedules.create(definition, tenant)
            await hub.checkReach(of: tenant.clinic)
            var response = HTTPResponse.schedule(.created, schedule)
            response.fields.set("Location", "/api/v1/schedules/\(schedule.id)")
            return response
        } catch {
            throw Problem(error)
        }
    }

    private func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readSchedules, to: "read schedules")
        let id: ScheduleID = try context.id("id", of: "schedule")
        do {
            return .schedule(.ok, try await hub.store.schedules.schedule(id, context.tenant(principal)))
        } catch {
            throw Problem(error)
        }
    }

    private func replace(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageSchedules, to: "change schedules")
        let id: ScheduleID = try context.id("id", of: "schedule")
        let version = try context.expectedVersion()
        let definition = try definition(context)
        let tenant = context.tenant(principal)
        do {
            let schedule = try await hub.store.schedules.replace(id, with: definition, version: version, tenant)
            await hub.scheduleChanged(id, in: tenant.clinic)
            return .schedule(.ok, schedule)
        } catch {
            throw Problem(error)
        }
    }

    private func delete(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageSchedules, to: "delete schedules")
        let id: ScheduleID = try context.id("id", of: "schedule")
        let version = try context.expectedVersion()
        let tenant = context.tenant(principal)
        do {
            try await hub.store.schedules.delete(id, version: version, tenant)
            await hub.scheduleChanged(id, in: tenant.clinic)
            return HTTPResponse(.noContent)
        } catch {
            throw Problem(error)
        }
    }

    /// The definition of the body; everything that is wrong with it is told by its first fault.
    private func definition(_ context: RequestContext) throws(Problem) -> ScheduleDefinition {
        let body = try context.body(allowing: ["name", "zone", "layers"])
        let definition = try context.fields { () throws(JSONFieldError) in try ScheduleDefinition(body) }
        let zones = hub.store.schedules.zones
        guard let problem = definition.problems(isZone: { zones.rules($0) != nil }).first else { return definition }
        throw Problem(
            .unprocessableContent, "invalid-field", "The field \(problem.field) \(problem.complaint).",
            field: problem.field)
    }

    // MARK: What comes of it

    private func shifts(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (schedule, look, from) = try await look(context)
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.field("scheduleId", schedule.record.id.description)
            json.field("from", from.rfc3339)
            json.field("to", look.to.rfc3339)
            json.field(
                "shifts",
                array: { json in
                    for shift in look.shifts {
                        json.object { json in
                            shift.duty.writeFields(to: &json, of: schedule.calendar)
                            json.field("from", shift.from.rfc3339)
                            json.field("to", shift.to.rfc3339)
                        }
                    }
                })
            json.field("gaps", array: { json in for gap in look.gaps { gap.write(to: &json) } })
        }
        return .json(.ok, json.bytes)
    }

    private func gaps(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (schedule, look, from) = try await look(context)
        var json = JSONWriter()
        json.object { json in
            json.field("scheduleId", schedule.record.id.description)
            json.field("from", from.rfc3339)
            json.field("to", look.to.rfc3339)
            json.field("gaps", array: { json in for gap in look.gaps { gap.write(to: &json) } })
        }
        return .json(.ok, json.bytes)
    }

    private func look(
        _ context: RequestContext
    ) async throws(Problem) -> (schedule: ScheduleStore.Calendar, look: FinalSchedule, from: Timestamp) {
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
        do throws(StoreError) {
            let (calendars, _) = try await hub.store.schedules.calendars(of: id, from: from, to: to, tenant)
            guard let schedule = calendars.first else { throw StoreError.notFound(.schedule) }
            return (schedule, schedule.calendar.final(from: from, to: to), from)
        } catch {
            throw Problem(error)
        }
    }
}

extension HTTPResponse {
    fileprivate static func schedule(_ status: HTTPStatus, _ schedule: ScheduleRecord) -> HTTPResponse {
        var json = JSONWriter(capacity: 1_024)
        schedule.write(to: &json)
        return .json(status, json.bytes, version: schedule.version)
    }
}
