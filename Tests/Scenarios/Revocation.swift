import Clinic
import Database
import HubProtocol
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// Two hubs on one database: whoever is revoked on the one is shut out of the other.
    @Suite("Revocation")
    struct Revocation {
        /// Two nodes that believe each other's tokens.
        private func nodes() throws -> (HubProcess, HubProcess) {
            let database = try ScratchPostgres.empty()
            var options = HubProcess.Options(database: database)
            options.environment = ["ALERT_HUB_ENCRYPTION_KEY=\(String(repeating: "A", count: 43))="]
            let first = try HubProcess(options)
            options.environment.append("ALERT_HUB_JWT_SECRET=\(first.tokens.secret)")
            options.hasTokenSecret = false
            let second = try HubProcess(options)
            return (first, second)
        }

        private func token(_ hub: HubProcess, _ id: String, issuedIn seconds: Int64 = 0) throws -> String {
            var claims = hub.tokens.claims(.doctor)
            claims["jti"] = .string(id)
            claims["iat"] = .integer(WallTime.now().secondsSince1970 + seconds)
            return try hub.tokens.sign(claims)
        }

        private func socket(_ hub: HubProcess, _ token: String) throws -> WebSocketClient {
            let socket = try WebSocketClient(port: hub.port, token: token)
            _ = try socket.message("welcome")
            return socket
        }

        /// How long until the socket is closed with 3503.
        private func wait(for socket: WebSocketClient, since start: MonotonicTime) throws -> Duration {
            let (code, _) = try socket.close(within: .seconds(30))
            #expect(code.rawValue == 3503)
            return start.duration(to: .now())
        }

        @Test(
            "A revoked token, and a revoked user, are shut out of every node within a second, and after a restart too")
        func everywhere() throws {
            let (first, second) = try nodes()
            defer {
                first.end()
                second.end()
            }
            let stolen = try token(first, "stolen")
            let kept = try token(first, "kept")
            let sockets = try [first, second].map { try socket($0, stolen) }
            let others = try [first, second].map { try socket($0, kept) }
            let admin = try first.client(.admin)

            var start = MonotonicTime.now()
            let answer = try admin.post("/api/v1/revocations", ["tokenId": "stolen"])
            #expect(answer.status == .created, "\(answer.text)")
            #expect(Contract.validate(answer.body, status: 201, to: "POST", "/api/v1/revocations") == [])
            for socket in sockets {
                let duration = try wait(for: socket, since: start)
                #expect(duration < .seconds(1), "\(duration)")
            }
            for hub in [first, second] {
                let refused = try HTTPClient(port: hub.port, token: stolen).get("/api/v1/alerts")
                #expect(refused.status == .unauthorized)
                let again = try WebSocketClient(port: hub.port, token: stolen)
                #expect(try again.close().code.rawValue == 3503)
            }

            start = .now()
            let byUser = try admin.post("/api/v1/revocations", ["userId": .string(DemoIDs.doctor)])
            #expect(byUser.status == .created, "\(byUser.text)")
            for socket in others {
                let duration = try wait(for: socket, since: start)
                #expect(duration < .seconds(1), "\(duration)")
            }
            // Whoever signs in anew is welcome.
            _ = try socket(second, token(first, "new", issuedIn: 5))

            #expect(second.stop() == 0)
            try second.start()
            for token in [stolen, kept] {
                let again = try WebSocketClient(port: second.port, token: token)
                #expect(try again.close().code.rawValue == 3503)
            }
        }

        @Test("The command shuts a token out of a running hub; NOTIFY or not, within the poll's second")
        func command() throws {
            let hub = try SharedHub.get()
            let socket = try socket(hub, token(hub, "of the command"))
            let start = MonotonicTime.now()
            let result = try HubProgram.run(["token", "revoke", "--id", "of the command", "--data", hub.dataDirectory])
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(try wait(for: socket, since: start) < .seconds(3))
            // A row that nobody told of is found by looking.
            let other = try self.socket(hub, token(hub, "untold"))
            let session = try hub.sql(.superuser)
            _ = try session.query(
                "INSERT INTO revocations (clinic_id, token_id) VALUES ($1, 'untold')", [.text(DemoIDs.clinic)])
            #expect(try wait(for: other, since: .now()) < .seconds(3))
            let nobody = try HubProgram.run([
                "token", "revoke", "--user", DemoIDs.nobody, "--data", hub.dataDirectory,
            ])
            #expect(nobody.exitCode == 1)
            #expect(nobody.errors.contains("no such user"))
        }

        @Test("Only administrators revoke, in their clinic; the group's in every clinic; every refusal is written down")
        func rights() throws {
            let hub = try SharedHub.get()
            let path = "/api/v1/revocations"
            let foreign: JSONValue = ["userId": .string(DemoIDs.otherDoctor), "clinicId": .string(DemoIDs.otherClinic)]
            for role in [Role.doctor, .admissions] {
                #expect(try hub.client(role).post(path, ["tokenId": "x"]).status == .forbidden)
            }
            #expect(try hub.client(.admin).post(path, foreign).status == .forbidden)
            let unknown = try hub.client(.admin).post(path, ["userId": .string(DemoIDs.otherDoctor)])
            #expect(unknown.status == .unprocessableContent)
            #expect(unknown.json["field"] == "userId")
            for wrong: JSONValue in [[:], ["userId": .string(DemoIDs.doctor), "tokenId": "x"], ["tokenId": ""]] {
                #expect(try hub.client(.admin).post(path, wrong).status == .unprocessableContent)
            }
            let doctor = try hub.socket(.doctor, clinic: DemoIDs.otherClinic)
            let start = MonotonicTime.now()
            #expect(try hub.client(.corporateAdmin).post(path, foreign).status == .created)
            _ = try wait(for: doctor, since: start)
            let session = try hub.sql(.superuser)
            #expect(
                try poll(within: .seconds(30)) {
                    try session.query(
                        """
                        SELECT FROM audit_logs
                        WHERE action = 'REQUEST' AND outcome = 'FORBIDDEN' AND ip_address = '127.0.0.1'
                            AND actor_role IN ('DOCTOR', 'ADMISSIONS', 'ADMIN')
                        """
                    ).count >= 3
                })
            #expect(
                try session.query(
                    """
                    SELECT FROM audit_logs WHERE action = 'REVOKE_TOKEN' AND actor_role = 'CORPORATE_ADMIN'
                    """
                ).count == 1)
        }
    }
}
