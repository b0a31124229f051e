import Clinic
import Hub
import Store
import Wire

/// The ways by which a person is reached: the person's own to change, or an admin's.
struct ContactRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.get, "/api/v1/users/{id}/contact-methods") { [self] context throws(Problem) in
                try await list(context)
            },
            Route(.post, "/api/v1/users/{id}/contact-methods") { [self] context throws(Problem) in
                try await add(context)
            },
            Route(.put, "/api/v1/users/{id}/contact-methods/order") { [self] context throws(Problem) in
                try await order(context)
            },
            Route(.patch, "/api/v1/users/{id}/contact-methods/{contact}") { [self] context throws(Problem) in
                try await change(context)
            },
            Route(.delete, "/api/v1/users/{id}/contact-methods/{contact}") { [self] context throws(Problem) in
                try await delete(context)
            },
            Route(.post, "/api/v1/users/{id}/contact-methods/{contact}/code") { [self] context throws(Problem) in
                try await sendCode(context)
            },
            Route(.post, "/api/v1/users/{id}/contact-methods/{contact}/verify") { [self] context throws(Problem) in
                try await verify(context)
            },
        ]
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "see other people's contacts")
        do {
            return .contacts(try await hub.store.contacts.contacts(of: user, context.tenant(principal)))
        } catch {
            throw Problem(error)
        }
    }

    private func add(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "add contacts for other people")
        let body = try context.body(allowing: ["kind", "address", "label"])
        let (kind, address, label) = try context.fields {
            () throws(JSONFieldError) -> (ContactKind, ContactAddress, String) in
            let kind: ContactKind = try body.choice("kind")
            let address = try body.parsed("address", as: ContactAddress.expectation(of: kind)) { text in
                ContactAddress(text, kind: kind)
            }
            return (kind, address, try body.optionalString("label", maxLength: 50) ?? "")
        }
        let contact = try await changing(user, context, principal) { tenant throws(StoreError) in
            try await hub.store.contacts.add(address, kind: kind, label: label, to: user, tenant)
        }
        hub.messageWaits()
        var response = HTTPResponse.contact(.created, contact)
        response.fields.set("Location", "/api/v1/users/\(user)/contact-methods/\(contact.id)")
        return response
    }

    private func order(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "order other people's contacts")
        let body = try context.body(allowing: ["contactIds"])
        let contacts = try context.fields { () throws(JSONFieldError) in
            var contacts: [ContactID] = []
            let texts = try body.strings("contactIds", maxCount: ContactStore.maximumContacts + 1, maxLength: 36)
            for (index, text) in texts.enumerated() {
                guard let contact = ContactID(text) else {
                    throw JSONFieldError(field: "contactIds[\(index)]", expected: "a UUID", actual: "another text")
                }
                contacts.append(contact)
            }
            return contacts
        }
        return .contacts(
            try await changing(user, context, principal) { tenant throws(StoreError) in
                try await hub.store.contacts.order(contacts, of: user, tenant)
            })
    }

    private func change(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "change other people's contacts")
        let id: ContactID = try context.id("contact", of: "contact method")
        let body = try context.body(allowing: ["label", "isOptedOut"])
        let (label, isOptedOut) = try context.fields { () throws(JSONFieldError) in
            (try body.optionalString("label", maxLength: 50), try body.optionalBool("isOptedOut"))
        }
        return .contact(
            .ok,
            try await changing(user, context, principal) { tenant throws(StoreError) in
                try await hub.store.contacts.change(id, of: user, label: label, isOptedOut: isOptedOut, tenant)
            })
    }

    private func delete(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "delete other people's contacts")
        let id: ContactID = try context.id("contact", of: "contact method")
        try await changing(user, context, principal) { tenant throws(StoreError) in
            try await hub.store.contacts.delete(id, of: user, tenant)
        }
        return HTTPResponse(.noContent)
    }

    private func sendCode(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "send codes to other people's contacts")
        let id: ContactID = try context.id("contact", of: "contact method")
        _ = try context.optionalBody(allowing: [])
        let contact = try await changing(user, context, principal) { tenant throws(StoreError) in
            try await hub.store.contacts.resendCode(to: id, of: user, tenant)
        }
        hub.messageWaits()
        return .contact(.ok, contact)
    }

    private func verify(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "verify other people's contacts")
        let id: ContactID = try context.id("contact", of: "contact method")
        let body = try context.body(allowing: ["code"])
        let code = try context.fields { () throws(JSONFieldError) in
            try body.parsed("code", as: "six digits") { VerificationCode($0) }
        }
        return .contact(
            .ok,
            try await changing(user, context, principal) { tenant throws(StoreError) in
                try await hub.store.contacts.verify(id, of: user, code: code, tenant)
            })
    }

    /// Makes a change, and has the clinic's reachability looked at after it, also where it was refused: a wrong code
    /// changes something too.
    private func changing<Value>(
        _ user: UserID, _ context: RequestContext, _ principal: Principal,
        _ change: (TenantContext) async throws(StoreError) -> Value
    ) async throws(Problem) -> Value {
        let tenant = context.tenant(principal)
        let value: Value
        do {
            value = try await change(tenant)
        } catch {
            if case .contact = error { await hub.contactsChanged(of: user, in: tenant.clinic) }
            throw Problem(error)
        }
        await hub.contactsChanged(of: user, in: tenant.clinic)
        return value
    }
}

extension HTTPResponse {
    fileprivate static func contacts(_ contacts: [ContactRecord]) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("contactMethods", array: { json in for contact in contacts { contact.write(to: &json) } })
        }
        return .json(.ok, json.bytes)
    }

    fileprivate static func contact(_ status: HTTPStatus, _ contact: ContactRecord) -> HTTPResponse {
        var json = JSONWriter()
        contact.write(to: &json)
        return .json(status, json.bytes)
    }
}
