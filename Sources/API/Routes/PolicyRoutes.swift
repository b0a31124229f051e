import Clinic
import Hub
import Store
import Wire

/// The clinic's escalation policies: written as versions, put in force one at a time. For ADMIN alone; audited.
///
/// A change names the version it was made from in If-Match, so that nobody undoes what somebody else has just written.
struct PolicyRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.get, "/api/v1/policies") { [self] context throws(Problem) in try await list(context) },
            Route(.post, "/api/v1/policies") { [self] context throws(Problem) in try await create(context) },
            Route(.get, "/api/v1/policies/{id}") { [self] context throws(Problem) in try await read(context) },
            Route(.put, "/api/v1/policies/{id}") { [self] context throws(Problem) in try await replace(context) },
            Route(.get, "/api/v1/policies/{id}/versions") { [self] context throws(Problem) in
                try await versions(context)
            },
            Route(.get, "/api/v1/policies/{id}/versions/{version}") { [self] context throws(Problem) in
                try await readVersion(context)
            },
            Route(.post, "/api/v1/policies/{id}/versions/{version}/activate") { [self] context throws(Problem) in
                try await activate(context)
            },
        ]
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let tenant = try tenant(context)
        do {
            let policies = try await hub.store.policies.list(tenant)
            var json = JSONWriter()
            json.object { json in
                json.field("policies", array: { json in for policy in policies { policy.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let tenant = try tenant(context)
        let policy = try policy(.random(), version: 1, context)
        var response = try await write(policy, tenant)
        response.status = .created
        response.fields.set("Location", "/api/v1/policies/\(policy.id)")
        return response
    }

    private func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let tenant = try tenant(context)
        return try await answer(try id(context), version: nil, tenant)
    }

    private func readVersion(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let tenant = try tenant(context)
        return try await answer(try id(context), version: try version(context), tenant)
    }

    private func replace(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let tenant = try tenant(context)
        let id = try id(context)
        var from = try context.expectedVersion()
        if from == nil { from = try await record(id, version: nil, tenant).policy.version }
        guard let from, from < Int32.max else { throw Problem.notFound("policy") }
        return try await write(try policy(id, version: from + 1, context), tenant)
    }

    private func versions(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (tenant, id) = (try tenant(context), try id(context))
        do {
            let records = try await hub.store.policies.versions(id, tenant)
            var json = JSONWriter(capacity: 4096)
            json.object { json in
                json.field("versions", array: { json in for record in records { record.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func activate(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let tenant = try tenant(context)
        let (id, version) = (try id(context), try version(context))
        _ = try context.optionalBody(allowing: [])
        do {
            let record = try await hub.store.policies.activate(id, version: version, tenant)
            // Not one transaction with it: where this fails, the activation is asked for again and makes up for it.
            try await hub.store.monitors.follow(record.policy.heartbeats, tenant)
            return record.response
        } catch {
            throw Problem(error)
        }
    }

    // MARK: Steps

    private static let sections: Set = [
        "name", "timezone", "urgencies", "steps", "loops", "advanceNowOn", "afterAccept", "onExhausted", "dedup",
        "inhibit", "storm", "phoneLimits", "gateways", "snooze", "stale", "reopenSeconds", "maintenance", "heartbeats",
    ]

    private func tenant(_ context: RequestContext) throws(Problem) -> TenantContext {
        let principal = try context.authenticated()
        try principal.require(.managePolicies, to: "manage policies")
        return context.tenant(principal)
    }

    private func id(_ context: RequestContext) throws(Problem) -> PolicyID { try context.id("id", of: "policy") }

    private func version(_ context: RequestContext) throws(Problem) -> Int {
        guard let version = context.parameters["version"].flatMap(Int32.init), version > 0 else {
            throw Problem.notFound("policy")
        }
        return Int(version)
    }

    /// The policy in the body, or a problem that names each field that is wrong, as far as a sentence goes.
    private func policy(_ id: PolicyID, version: Int, _ context: RequestContext) throws(Problem) -> EscalationPolicy {
        let body = try context.body(allowing: Self.sections)
        let policy = try context.fields { () throws(JSONFieldError) in
            let policy = try EscalationPolicy(id: id, version: version, document: body)
            try policy.refuseUnknownFields(in: body)
            return policy
        }
        let problems = policy.problems()
        guard let first = problems.first else { return policy }
        let sentences = problems.prefix(10).map { "\($0.field) \($0.complaint)" }
        let rest = problems.count > 10 ? "; and \(problems.count - 10) more" : ""
        throw Problem(
            .unprocessableContent, "invalid-field", sentences.joined(separator: "; ") + rest + ".", field: first.field)
    }

    private func write(_ policy: EscalationPolicy, _ tenant: TenantContext) async throws(Problem) -> HTTPResponse {
        let change: PolicyChange
        do { change = try await hub.store.policies.write(policy, tenant) } catch { throw Problem(error) }
        switch change {
        case .written(let record): return record.response
        case .overtaken(let version): throw Self.overtaken(version)
        }
    }

    private func record(
        _ id: PolicyID, version: Int?, _ tenant: TenantContext
    ) async throws(Problem) -> PolicyRecord {
        do { return try await hub.store.policies.read(id, version: version, tenant) } catch { throw Problem(error) }
    }

    private func answer(
        _ id: PolicyID, version: Int?, _ tenant: TenantContext
    ) async throws(Problem) -> HTTPResponse {
        try await record(id, version: version, tenant).response
    }

    private static func overtaken(_ version: Int) -> Problem {
        Problem(
            .preconditionFailed, "version-mismatch",
            "If-Match does not name the policy's newest version, which is \(version). Read it and change that.",
            field: "If-Match")
    }
}
