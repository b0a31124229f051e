import Clinic
import Hub
import HubProtocol
import Store
import Wire

/// Whether everybody could be reached if an alert came now, and the weekly test of that.
struct ReachabilityRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.get, "/api/v1/reachability") { [self] context throws(Problem) in try await report(context) },
            Route(.get, "/api/v1/reachability/test-page") { [self] context throws(Problem) in
                try await plan(context)
            },
            Route(.put, "/api/v1/reachability/test-page") { [self] context throws(Problem) in
                try await setPlan(context)
            },
            Route(.post, "/api/v1/reachability/test-page/run") { [self] context throws(Problem) in
                try await run(context)
            },
        ]
    }

    private func report(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readReachability, to: "see who can be reached")
        let tenant = context.tenant(principal)
        do {
            let report = try await hub.store.reach.report(tenant)
            let notices = try await hub.store.notices.openNotices(tenant)
            var json = JSONWriter(capacity: 8_192)
            json.object { json in
                json.field("at", report.now.rfc3339)
                json.field("people", array: { json in for person in report.people { person.write(to: &json) } })
                json.field(
                    "schedules", array: { json in for schedule in report.schedules { schedule.write(to: &json) } })
                json.field("notices", array: { json in for notice in notices { notice.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    // MARK: The weekly test

    private func plan(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readReachability, to: "see the weekly test")
        do {
            return .plan(try await hub.store.contactTests.plan(context.tenant(principal)).plan)
        } catch {
            throw Problem(error)
        }
    }

    private func setPlan(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageStaffReach, to: "change the weekly test")
        let body = try context.body(allowing: ["isEnabled", "day", "time"])
        let plan = try context.fields { () throws(JSONFieldError) in
            ContactTestStore.Plan(
                isEnabled: try body.bool("isEnabled"), weekday: try body.choice("day"),
                time: try body.parsed("time", as: "a time such as 08:00") { ClockTime($0) })
        }
        let tenant = context.tenant(principal)
        do {
            try await hub.store.contactTests.set(plan, tenant)
            return .plan(try await hub.store.contactTests.plan(tenant).plan)
        } catch {
            throw Problem(error)
        }
    }

    private func run(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageStaffReach, to: "test contacts")
        let body = try context.optionalBody(allowing: ["userId"])
        let user = try context.fields { () throws(JSONFieldError) in
            try body.optionalParsed("userId", as: "a UUID") { UserID($0) }
        }
        let tenant = context.tenant(principal)
        do throws(StoreError) {
            if let user, try await hub.store.staff.member(user, tenant) == nil {
                throw StoreError.invalidReference(.userId)
            }
            let count = try await hub.store.contactTests.run(for: user, tenant)
            hub.messageWaits()
            var json = JSONWriter()
            json.object { json in json.field("queued", count) }
            return .json(.accepted, json.bytes)
        } catch {
            throw Problem(error)
        }
    }
}

extension ReachReport.Person {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("userId", id.description)
            json.field("name", name)
            json.field("role", role.rawValue)
            json.field("isPaged", isPaged)
            json.field("obstacle", obstacle?.rawValue)
            json.field("backupId", backup?.description)
            json.field("contactMethods", array: { json in for contact in contacts { contact.write(to: &json) } })
        }
    }
}

extension ReachReport.Schedule {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("scheduleId", record.id.description)
            json.field("name", record.definition.name)
            json.field("gaps", array: { json in for gap in gaps { gap.write(to: &json) } })
        }
    }
}

extension NoticeRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("noticeId", id.description)
            notice.writeFields(to: &json)
            json.field("raisedAt", raisedAt.rfc3339)
        }
    }
}

extension HTTPResponse {
    fileprivate static func plan(_ plan: ContactTestStore.Plan) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("isEnabled", plan.isEnabled)
            json.field("day", plan.weekday.rawValue)
            json.field("time", plan.time.description)
            json.field("lastRunAt", plan.lastRunAt?.rfc3339)
        }
        return .json(.ok, json.bytes)
    }
}
