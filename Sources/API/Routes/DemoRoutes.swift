import Clinic
package import Platform
import Wire

/// One of the fixed people of demo mode.
package struct DemoUser: Sendable {
    package let principal: Principal
    package let name: String
    package let clinicName: String

    package init(principal: Principal, name: String, clinicName: String) {
        self.principal = principal
        self.name = name
        self.clinicName = clinicName
    }
}

/// Sign-in without a password, with demo data only: tokens of the demo users for whoever sits at this machine.
struct DemoRoutes {
    let users: [DemoUser]
    let tokens: TokenAuthority

    var routes: [Route] {
        users.isEmpty
            ? [] : [Route(.get, "/demo/users", isOpen: true) { [self] context throws(Problem) in try list(context) }]
    }

    private func list(_ context: RequestContext) throws(Problem) -> HTTPResponse {
        // A page elsewhere may have its name resolve to this machine; it cannot choose the Host that is sent.
        let host = context.request.head.host?.split(separator: ":").first.map(String.init)
        guard context.address.hasPrefix("127."), host == "127.0.0.1" || host == "localhost" else {
            throw Problem.notFound("page")
        }
        let now = WallTime.now()
        var json = JSONWriter()
        json.object { json in
            json.field(
                "users",
                array: { json in
                    for user in users {
                        let end = WallTime(microseconds: now.microseconds + 12 * 3_600_000_000)
                        let principal = user.principal.expiring(at: end)
                        json.object { json in
                            json.field("name", user.name)
                            json.field("role", principal.roleName)
                            json.field("clinic", user.clinicName)
                            json.field("token", tokens.mint(principal, name: user.name, now: now))
                        }
                    }
                })
        }
        return .json(.ok, json.bytes)
    }
}

extension Principal {
    /// The same person with a token that ends at `time`.
    package func expiring(at time: WallTime) -> Principal {
        Principal(clinic: clinic, user: user, standing: standing, expiresAt: time, tokenID: tokenID)
    }
}
