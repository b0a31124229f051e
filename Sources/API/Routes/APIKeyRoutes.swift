import Clinic
import Hub
import Platform
import Store
import Wire

/// Keys of the clinic's producers: made, listed, revoked.
struct APIKeyRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.post, "/api/v1/api-keys") { [self] context throws(Problem) in try await create(context) },
            Route(.get, "/api/v1/api-keys") { [self] context throws(Problem) in try await list(context) },
            Route(.delete, "/api/v1/api-keys/{id}") { [self] context throws(Problem) in try await revoke(context) },
        ]
    }

    private func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageKeys, to: "manage API keys")
        let body = try context.body(allowing: ["name", "scopes", "expiresAt"])
        let now = Timestamp(WallTime.now())
        let (name, scopes, end) = try context.fields { () throws(JSONFieldError) in
            (
                try body.parsed("name", as: Printable.expected(100)) { Printable.text($0, upTo: 100) },
                try body.strings("scopes", maxCount: KeyScope.allCases.count),
                try body.optionalParsed("expiresAt", as: "RFC 3339 in UTC") { Timestamp(rfc3339: $0) }
            )
        }
        let known = Set(scopes.compactMap { KeyScope(rawValue: $0) })
        guard !known.isEmpty, known.count == scopes.count else {
            let all = KeyScope.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.wrong("scopes", "The field scopes must name one or several of \(all), each once.")
        }
        let life = end?.duration(since: now) ?? APIKeyStore.usualLife
        guard life > .zero, life <= APIKeyStore.longestLife else {
            throw Self.wrong("expiresAt", "A key ends after now, and within 366 days.")
        }
        let secret = APIKeySecret()
        let key: APIKeyRecord?
        do {
            key = try await hub.store.keys.create(
                name: name, scopes: known, lasting: life, secret, context.tenant(principal), now: now)
        } catch {
            throw Problem(error)
        }
        guard let key else { throw Problem(StoreError.tooManyKeys) }
        var json = JSONWriter()
        json.object { json in
            key.write(to: &json)
            json.field("key", secret.revealed)
        }
        var response = HTTPResponse.json(.created, json.bytes)
        response.fields.set("Cache-Control", "no-store")
        return response
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageKeys, to: "manage API keys")
        do {
            let keys = try await hub.store.keys.keys(context.tenant(principal))
            var json = JSONWriter(capacity: 4_096)
            json.object { json in
                json.field("keys", array: { json in for key in keys { json.object { json in key.write(to: &json) } } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func revoke(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageKeys, to: "manage API keys")
        let id: APIKeyID = try context.id("id", of: StoreError.Subject.apiKey.rawValue)
        do {
            let key = try await hub.revoke(key: id, context.tenant(principal))
            var json = JSONWriter()
            json.object { json in key.write(to: &json) }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private static func wrong(_ field: String, _ sentence: String) -> Problem {
        Problem(.unprocessableContent, "invalid-field", sentence, field: field)
    }
}

extension APIKeyRecord {
    /// The members of the key's object.
    fileprivate func write(to json: inout JSONWriter) {
        json.field("keyId", id.description)
        json.field("name", name)
        json.field("prefix", prefix)
        json.field(
            "scopes", array: { json in for scope in scopes.map(\.rawValue).sorted() { json.string(scope) } })
        json.field("createdBy", createdBy?.description)
        json.field("createdAt", createdAt.rfc3339)
        json.field("expiresAt", expiresAt.rfc3339)
        json.field("revokedAt", revokedAt?.rfc3339)
        json.field("lastUsedAt", lastUsedAt?.rfc3339)
    }
}
