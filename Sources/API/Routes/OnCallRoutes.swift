import Clinic
import Hub
import Store
import Wire

/// Who would be called if an alert came now, and why.
struct OnCallRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [Route(.get, "/api/v1/on-call") { [self] context throws(Problem) in try await onCall(context) }]
    }

    private func onCall(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readSchedules, to: "see who is on call")
        let tenant = context.tenant(principal)
        do {
            let (calendars, now) = try await hub.store.schedules.calendars(tenant)
            let people = try await hub.store.reach.people(tenant)
            let policy = try await hub.store.policies.active(tenant)
            let view = OnCallView(calendars: calendars, people: people, now: now)
            var json = JSONWriter(capacity: 4_096)
            json.object { json in
                json.field("at", now.rfc3339)
                json.field(
                    "schedules", array: { json in for calendar in calendars { view.write(calendar, to: &json) } })
                json.field("policy", object: { json in view.write(policy, to: &json) })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }
}

/// The schedules and targets of a clinic at one moment, with the people they lead to.
private struct OnCallView {
    private let now: Timestamp
    private let people: [ReachReport.Person]
    private let byID: [UserID: ReachReport.Person]
    private let duties: [ScheduleID: Duty]

    init(calendars: [ScheduleStore.Calendar], people: [ReachReport.Person], now: Timestamp) {
        self.now = now
        self.people = people
        byID = Dictionary(people.map { ($0.id, $0) }) { first, _ in first }
        duties = calendars.reduce(into: [:]) { duties, calendar in
            duties[calendar.record.id] = calendar.calendar.duty(at: now)
        }
    }

    /// A schedule with who is on call in it, until when, and who follows.
    func write(_ schedule: ScheduleStore.Calendar, to json: inout JSONWriter) {
        // Far enough for the next hand-over of the longest shift that anybody waits for.
        let shifts = schedule.calendar.final(from: now, to: now.advanced(by: .seconds(31 * 86_400))).shifts
        let current = shifts.first.flatMap { $0.from == now ? $0 : nil }
        let next = current == nil ? shifts.first : shifts.dropFirst().first
        json.object { json in
            json.field("scheduleId", schedule.record.id.description)
            json.field("name", schedule.record.definition.name)
            json.field("zone", schedule.record.definition.zone)
            write(current, as: "onCall", of: schedule, to: &json)
            write(next, as: "next", of: schedule, to: &json)
        }
    }

    private func write(
        _ shift: DutyShift?, as name: String, of schedule: ScheduleStore.Calendar, to json: inout JSONWriter
    ) {
        guard let shift else { return json.field(name, value: .null) }
        json.field(
            name,
            object: { json in
                shift.duty.writeFields(to: &json, of: schedule.calendar)
                json.field("name", byID[shift.duty.person]?.name)
                json.field("obstacle", obstacle(of: shift.duty.person)?.rawValue)
                json.field("from", shift.from.rfc3339)
                json.field("to", shift.to.rfc3339)
            })
    }

    /// The steps of the active policy, with the people that each target means now. Who is assigned is the alert's to say.
    func write(_ policy: EscalationPolicy, to json: inout JSONWriter) {
        json.field("policyId", policy.id.description)
        json.field("version", policy.version)
        json.field("name", policy.name)
        json.field(
            "steps",
            array: { json in
                for (index, step) in policy.steps.enumerated() {
                    json.object { json in
                        json.field("step", index + 1)
                        json.field(
                            "targets", array: { json in for target in step.targets { write(target, to: &json) } })
                    }
                }
            })
    }

    private func write(_ target: EscalationTarget, to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", target.kind)
            switch target {
            case .assignedDoctor, .backupOfAssigned:
                json.field("isOfAlert", true)
                json.field("people", array: { _ in })
            case .role(let role):
                json.field("role", role.rawValue)
                json.field("isOfAlert", false)
                let holders = people.filter { $0.role == role }
                json.field("people", array: { json in for person in holders { write(person.id, to: &json) } })
            case .schedule(let schedule):
                json.field("scheduleId", schedule.description)
                json.field("isOfAlert", false)
                let person = duties[schedule]?.person
                json.field("people", array: { json in if let person { write(person, to: &json) } })
            }
        }
    }

    private func write(_ person: UserID, to json: inout JSONWriter) {
        json.object { json in
            json.field("userId", person.description)
            json.field("name", byID[person]?.name)
            json.field("obstacle", obstacle(of: person)?.rawValue)
        }
    }

    private func obstacle(of person: UserID) -> UnreachableReason? {
        guard let known = byID[person] else { return .inactive }
        return known.obstacle
    }
}
