package import Wire

/// A refusal in the form of RFC 9457: what the caller reads, and nothing that it must not know.
package struct Problem: Error, Equatable, Sendable {
    package let status: HTTPStatus
    /// A stable word for programs: the last part of `type`.
    package let kind: String
    /// The sentence for people: what was wrong, where, and what is allowed.
    package let detail: String
    /// The field of the request that is meant, by its JSON path.
    package let field: String?
    /// When it makes sense to try again.
    package let retryAfterSeconds: Int?

    package init(
        _ status: HTTPStatus, _ kind: String, _ detail: String, field: String? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.kind = kind
        self.detail = detail
        self.field = field
        self.retryAfterSeconds = retryAfterSeconds
    }

    package var response: HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("type", "urn:alert-hub:problem:\(kind)")
            json.field("title", status.reasonPhrase)
            json.field("status", Int(status.rawValue))
            json.field("detail", detail)
            if let field { json.field("field", field) }
        }
        var response = HTTPResponse(status, contentType: "application/problem+json", body: json.bytes)
        if let retryAfterSeconds { response.fields.set("Retry-After", String(retryAfterSeconds)) }
        if status == .unauthorized { response.fields.set("WWW-Authenticate", "Bearer realm=\"alert-hub\"") }
        return response
    }
}

extension Problem {
    /// Equal for a thing that does not exist and for one of another clinic.
    package static func notFound(_ what: String) -> Problem {
        Problem(.notFound, "not-found", "There is no such \(what).")
    }

    package static func forbidden(_ role: String, _ what: String) -> Problem {
        Problem(.forbidden, "forbidden", "The role \(role) may not \(what).")
    }

    package static let unavailable = Problem(
        .serviceUnavailable, "unavailable",
        "The database does not answer at the moment; nothing was changed. Try again.",
        retryAfterSeconds: 1)

    /// The issuer's keys could not be fetched yet, or for too long.
    package static let noKeySet = Problem(
        .serviceUnavailable, "no-key-set", "The issuer's keys cannot be fetched at the moment. Try again.",
        retryAfterSeconds: 5)

    /// A limit of the address, the user or the clinic; which one is the hub's to know.
    package static let tooManyRequests = Problem(
        .tooManyRequests, "too-many-requests", "There are too many requests or connections. Try again later.",
        retryAfterSeconds: 2)

    /// The connection was lost while the commit was under way.
    package static let outcomeUnknown = Problem(
        .serviceUnavailable, "outcome-unknown",
        "The database was lost during the request. Ask with the same Idempotency-Key, or read the alert, before repeating.",
        retryAfterSeconds: 1)

    /// - Returns: the answer to a handshake that is not granted, with the fields that RFC 6455 wants.
    static func response(_ refusal: UpgradeRefusal) -> HTTPResponse {
        var response = Problem(refusal.status, "failed-upgrade", refusal.sentence).response
        for name in ["Allow", "Upgrade", "Sec-WebSocket-Version"] {
            if let value = refusal.response.fields[name] { response.fields.set(name, value) }
        }
        return response
    }

    package init(_ error: JSONFieldError) {
        self.init(
            .unprocessableContent, "invalid-field",
            "The field \(error.field) must be \(error.expected), not \(error.actual).",
            field: error.field)
    }

    package init(_ error: JSONError) {
        self.init(.badRequest, "malformed-json", "The body is not JSON: \(error.description).")
    }
}
