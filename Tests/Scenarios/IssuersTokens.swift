import Clinic
import Cryptography
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// Tokens of an issuer whose keys are published, over REST and the socket.
    @Suite("Tokens of an issuer")
    struct IssuersTokens {
        private func options(_ issuer: TestIssuer) -> HubProcess.Options {
            var options = HubProcess.Options()
            options.configuration = """
                authentication: {
                    algorithms: ["HS256", "RS256", "ES256", "EdDSA"], keySetURL: "\(issuer.keySetURL)",
                    keySetMinimumIntervalSeconds: 2, clinicClaim: "https://nexa.example/clinic_id",
                    userClaim: "https://nexa.example/user_id", roleClaim: "https://nexa.example/role",
                }
                """
            return options
        }

        private func claims(_ hub: HubProcess, _ role: Role, seconds: Int64 = 600) -> [String: JSONValue] {
            let plain = hub.tokens.claims(role, seconds: seconds)
            var claims: [String: JSONValue] = [:]
            for (name, value) in plain {
                claims[["clinic_id", "user_id", "role"].contains(name) ? "https://nexa.example/\(name)" : name] = value
            }
            return claims
        }

        private func status(_ hub: HubProcess, _ token: String) throws -> HTTPStatus {
            try hub.client.bearing(token).get("/api/v1/alerts").status
        }

        @Test("Each algorithm is taken; a rotated key at once, by one fetch for all; the issuer may be away meanwhile")
        func rotation() throws {
            let issuer = try TestIssuer()
            defer { issuer.end() }
            let keys = try [SignatureKind.rs256, .es256, .ed25519].map {
                try IssuerKeys($0, id: "first-\($0.rawValue)")
            }
            issuer.publish(keys)
            let hub = try HubProcess(options(issuer))
            defer { hub.end() }
            #expect(issuer.fetches == 1)
            for key in keys {
                let token = try key.sign(claims(hub, .doctor))
                #expect(try status(hub, token) == .ok)
                let socket = try WebSocketClient(port: hub.port, token: token)
                _ = try socket.message("welcome")
            }
            #expect(issuer.fetches == 1)

            // The issuer is away: what is known goes on to hold.
            issuer.setDown(true)
            #expect(try status(hub, try keys[0].sign(claims(hub, .admin))) == .ok)
            issuer.setDown(false)

            // A new key: the first token of it has the set fetched, over REST, and over the socket.
            let second = try IssuerKeys(.ed25519, id: "second")
            let third = try IssuerKeys(.ed25519, id: "third")
            issuer.publish([second])
            issuer.delay(by: .milliseconds(100))
            let token = try second.sign(claims(hub, .doctor))
            try concurrently(20) { _ in
                let answer = try status(hub, token)
                #expect(answer == .ok)
            }
            #expect(issuer.fetches == 2)
            // The old keys were not published again.
            #expect(try status(hub, try keys[2].sign(claims(hub, .doctor))) == .unauthorized)
            issuer.publish([second, third])
            let socketToken = try third.sign(claims(hub, .doctor))
            #expect(
                try poll(within: .seconds(10)) {
                    let socket = try WebSocketClient(port: hub.port, token: socketToken)
                    return (try? socket.message("welcome")) != nil
                })

            // And by the first message of a socket that was opened without a token.
            let fourth = try IssuerKeys(.ed25519, id: "fourth")
            issuer.publish([second, third, fourth])
            let first = try fourth.sign(claims(hub, .doctor))
            #expect(
                try poll(within: .seconds(10)) {
                    let socket = try WebSocketClient(port: hub.port, token: nil)
                    try socket.send(["type": "authenticate", "id": 1, "token": .string(first)])
                    return (try? socket.message("welcome")) != nil
                })

            // Invented key ids: refused, and one fetch in two seconds at most.
            let before = issuer.fetches
            let start = MonotonicTime.now()
            for number in 0..<100 {
                let forged = try third.sign(claims(hub, .doctor), keyID: "invented-\(number)")
                #expect(try status(hub, forged) == .unauthorized)
            }
            let seconds = Int(start.duration(to: .now()) / .seconds(1))
            #expect(issuer.fetches - before <= seconds / 2 + 2)
        }

        @Test(
            "What is not the issuer's is refused: algorithm none, HS256 with a public key, another issuer, audience or time"
        )
        func refused() throws {
            let issuer = try TestIssuer()
            defer { issuer.end() }
            let key = try IssuerKeys(.rs256, id: "a")
            issuer.publish([key])
            let hub = try HubProcess(options(issuer))
            defer { hub.end() }
            let good = claims(hub, .doctor)
            #expect(try status(hub, try key.sign(good)) == .ok)
            let forged = try hub.tokens.sign(
                good, secret: String(decoding: IssuerKeys.set([key.webKey]), as: UTF8.self),
                header: #"{"alg":"HS256","kid":"a"}"#)
            #expect(try status(hub, forged) == .unauthorized)
            #expect(try status(hub, hub.tokens.unsigned(good)) == .unauthorized)
            for (name, value) in [
                ("iss", JSONValue.string("https://other.example")), ("aud", .string("other")), ("exp", .integer(1)),
                ("nbf", .integer(4_000_000_000)), ("https://nexa.example/role", .string("OWNER")),
                ("https://nexa.example/clinic_id", .string("1")),
            ] {
                var wrong = good
                wrong[name] = value
                #expect(try status(hub, try key.sign(wrong)) == .unauthorized, "\(name)")
            }
        }

        @Test("Without the issuer's keys the hub starts, answers 503, and takes tokens as soon as it has them")
        func late() throws {
            let issuer = try TestIssuer()
            defer { issuer.end() }
            let key = try IssuerKeys(.es256, id: "a")
            issuer.setDown(true)
            let hub = try HubProcess(options(issuer))
            defer { hub.end() }
            let token = try key.sign(claims(hub, .doctor))
            let answer = try hub.client.bearing(token).get("/api/v1/alerts")
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.fields["Retry-After"] != nil)
            #expect(Contract.validate(answer.body, status: 503, to: "GET", "/api/v1/alerts") == [])
            issuer.publish([key])
            issuer.setDown(false)
            #expect(try poll(within: .seconds(10)) { try status(hub, token) == .ok })
        }
    }
}
