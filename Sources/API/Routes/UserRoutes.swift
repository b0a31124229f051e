import Clinic
import Cryptography
import Hub
import Store
import Wire

/// The clinics' staff: hired, changed, dismissed. A dismissed person's row stays, for what the person did.
struct UserRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.get, "/api/v1/users") { [self] context throws(Problem) in try await list(context) },
            Route(.post, "/api/v1/users") { [self] context throws(Problem) in try await hire(context) },
            Route(.patch, "/api/v1/users/{id}") { [self] context throws(Problem) in try await change(context) },
        ]
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageUsers, to: "administer users")
        let query = try QueryReader(context.request.head.query, allowing: ["clinicId", "limit", "cursor"])
        let tenant = try tenant(of: try query.single("clinicId", "a UUID") { ClinicID($0) }, principal, context)
        let limit = try query.limit(upTo: 200)
        let place = try query.single("cursor", "the next of the page before") { UserPlace($0) }
        do {
            let users = try await hub.store.staff.users(
                after: place.map { ($0.name, $0.id) }, limit: limit + 1, tenant)
            let shown = users.prefix(limit)
            var json = JSONWriter(capacity: 8_192)
            json.object { json in
                json.field("users", array: { json in for user in shown { user.write(to: &json) } })
                let last = users.count > limit ? shown.last : nil
                json.field("next", last.map { UserPlace(name: $0.member.name, id: $0.member.id).text })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func hire(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageUsers, to: "administer users")
        let body = try context.body(allowing: ["clinicId", "authId", "role", "fullName", "phone"])
        let (clinic, authID, name, phone) = try context.fields { () throws(JSONFieldError) in
            (
                try body.optionalParsed("clinicId", as: "a UUID") { ClinicID($0) },
                try body.parsed("authId", as: Printable.expected(255)) { Printable.text($0, upTo: 255) },
                try body.parsed("fullName", as: Printable.expected(200)) { Printable.text($0, upTo: 200) },
                try body.optionalParsed("phone", as: "a number in E.164") { PhoneNumber($0) }
            )
        }
        let role: Role = try context.fields { () throws(JSONFieldError) in try body.choice("role") }
        try allow(role, principal)
        let tenant = try tenant(of: clinic, principal, context)
        do {
            let user = try await hub.store.staff.hire(
                authID: authID, role: role, name: name, phone: phone, hub.store.vault, tenant)
            var json = JSONWriter()
            user.write(to: &json)
            return .json(.created, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func change(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageUsers, to: "administer users")
        let id: UserID = try context.id("id", of: "user")
        let body = try context.body(allowing: ["authId", "role", "fullName", "phone", "isActive"])
        var change = StaffStore.Change()
        try context.fields { () throws(JSONFieldError) in
            change.authID = try body.optionalParsed("authId", as: Printable.expected(255)) {
                Printable.text($0, upTo: 255)
            }
            change.role = try body.optionalChoice("role")
            change.name = try body.optionalParsed("fullName", as: Printable.expected(200)) {
                Printable.text($0, upTo: 200)
            }
            change.isActive = try body.optionalBool("isActive")
            if body["phone"] == .null {
                change.phone = .some(nil)
            } else if let phone = try body.optionalParsed(
                "phone", as: "a number in E.164, or null", { PhoneNumber($0) })
            {
                change.phone = .some(phone)
            }
        }
        if let role = change.role { try allow(role, principal) }
        var tenant = context.tenant(principal)
        let mayAcrossClinics = principal.has(.manageUsersAcrossClinics)
        do {
            if mayAcrossClinics { tenant.clinic = try await hub.store.staff.clinic(of: id, tenant) }
            let user = try await hub.change(id, change, mayAcrossClinics: mayAcrossClinics, tenant)
            var json = JSONWriter()
            user.write(to: &json)
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    /// The clinic that is meant: the own one, where no other is named and may be.
    private func tenant(
        of clinic: ClinicID?, _ principal: Principal, _ context: RequestContext
    ) throws(Problem) -> TenantContext {
        var tenant = context.tenant(principal)
        if let clinic, clinic != principal.clinic {
            try principal.require(.manageUsersAcrossClinics, to: "administer users of another clinic")
            tenant.clinic = clinic
        }
        return tenant
    }

    /// - Throws: 403 where somebody would give a role that reaches further than the own.
    private func allow(_ role: Role, _ principal: Principal) throws(Problem) {
        guard StaffStore.rolesAcrossClinics.contains(role) else { return }
        try principal.require(.manageUsersAcrossClinics, to: "give the role \(role.rawValue)")
    }
}

/// A place in a list by name; its text is opaque to clients.
private struct UserPlace {
    let name: String
    let id: UserID

    init(name: String, id: UserID) {
        self.name = name
        self.id = id
    }

    init?(_ text: String) {
        guard text.utf8.count <= 2_048, let bytes = Base64.decodeURL(text), bytes.count > 36,
            let id = UserID(utf8: bytes.prefix(36)),
            let name = Printable.text(String(decoding: bytes.dropFirst(36), as: UTF8.self), upTo: 500)
        else { return nil }
        self.init(name: name, id: id)
    }

    var text: String { Base64.encodeURL(Array(id.description.utf8) + Array(name.utf8)) }
}

extension UserRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("userId", member.id.description)
            json.field("clinicId", member.clinic.description)
            json.field("authId", authID)
            json.field("role", member.role.rawValue)
            json.field("fullName", member.name)
            json.field("hasPhone", member.hasPhone)
            json.field("isActive", member.isActive)
            json.field("createdAt", createdAt.rfc3339)
        }
    }
}
