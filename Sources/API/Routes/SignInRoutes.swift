import Wire

/// Where people of the page sign in: the group's issuer, as OpenID Connect has it.
package struct SignIn: Sendable, Equatable {
    package var authorizationURL: String
    package var tokenURL: String
    package var clientID: String
    package var scope: String
    package var audience: String
    package var clinicClaim: String
    package var userClaim: String
    package var roleClaim: String

    package init(
        authorizationURL: String, tokenURL: String, clientID: String, scope: String, audience: String,
        clinicClaim: String,
        userClaim: String, roleClaim: String
    ) {
        self.authorizationURL = authorizationURL
        self.tokenURL = tokenURL
        self.clientID = clientID
        self.scope = scope
        self.audience = audience
        self.clinicClaim = clinicClaim
        self.userClaim = userClaim
        self.roleClaim = roleClaim
    }

    /// The origin of the token endpoint, which the page may ask besides the hub.
    var tokenOrigin: String {
        let parts = tokenURL.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.prefix(3).joined(separator: "/")
    }
}

/// Tells the page where to sign in. Nothing of it is secret.
struct SignInRoutes {
    let signIn: SignIn?

    var routes: [Route] {
        [Route(.get, "/sign-in", isOpen: true) { [self] _ throws(Problem) in try tell() }]
    }

    private func tell() throws(Problem) -> HTTPResponse {
        guard let signIn else { throw Problem.notFound("page") }
        var json = JSONWriter()
        json.object { json in
            json.field("authorizationURL", signIn.authorizationURL)
            json.field("tokenURL", signIn.tokenURL)
            json.field("clientId", signIn.clientID)
            json.field("scope", signIn.scope)
            json.field("audience", signIn.audience)
            json.field(
                "claims",
                object: { json in
                    json.field("clinicId", signIn.clinicClaim)
                    json.field("userId", signIn.userClaim)
                    json.field("role", signIn.roleClaim)
                })
        }
        return .json(.ok, json.bytes)
    }
}
