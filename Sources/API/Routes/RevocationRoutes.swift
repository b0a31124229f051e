import Clinic
import Hub
import Store
import Wire

/// Revocation of tokens: whoever shows one is shut out at once, on every node.
struct RevocationRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [Route(.post, "/api/v1/revocations") { [self] context throws(Problem) in try await revoke(context) }]
    }

    private func revoke(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.revokeTokens, to: "revoke tokens")
        let body = try context.body(allowing: ["userId", "tokenId", "expiresAt", "clinicId"])
        let (user, token, end, clinic) = try context.fields { () throws(JSONFieldError) in
            (
                try body.optionalParsed("userId", as: "a UUID") { UserID($0) },
                try body.optionalString("tokenId", minLength: 1, maxLength: 128),
                try body.optionalParsed("expiresAt", as: "RFC 3339") { Timestamp(rfc3339: $0) },
                try body.optionalParsed("clinicId", as: "a UUID") { ClinicID($0) }
            )
        }
        let subject: Revocation.Subject
        switch (user, token) {
        case (let user?, nil):
            guard end == nil else { throw Self.wrong("expiresAt", "The field expiresAt goes with tokenId.") }
            subject = .user(user)
        case (nil, let token?): subject = .token(token)
        default: throw Self.wrong("userId", "Exactly one of the fields userId and tokenId must be there.")
        }
        var tenant = context.tenant(principal)
        if let clinic, clinic != principal.clinic {
            try principal.require(.revokeTokensAcrossClinics, to: "revoke tokens of another clinic")
            tenant.clinic = clinic
        }
        do {
            return .json(.created, answer(try await hub.revoke(subject, until: end, tenant)))
        } catch {
            throw Problem(error)
        }
    }

    private static func wrong(_ field: String, _ sentence: String) -> Problem {
        Problem(.unprocessableContent, "invalid-field", sentence, field: field)
    }

    private func answer(_ revocation: Revocation) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("clinicId", revocation.clinic.description)
            switch revocation.subject {
            case .user(let user): json.field("userId", user.description)
            case .token(let id): json.field("tokenId", id)
            }
            json.field("revokedAt", revocation.revokedAt.rfc3339)
            if let end = revocation.expiresAt { json.field("expiresAt", end.rfc3339) }
        }
        return json.bytes
    }
}
