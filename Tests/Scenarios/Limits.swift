import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// One peer takes all that it may have; the others go on.
    @Suite("Limits")
    struct Limits {
        private func hub(_ limits: String) throws -> HubProcess {
            var options = HubProcess.Options()
            // Several loops: the limits are the process's.
            options.configuration = "loops: 4, limits: { \(limits) }"
            return try HubProcess(options)
        }

        private func metric(_ hub: HubProcess, _ reason: String) throws -> Int {
            let line = try hub.client.get("/metrics").text.split(separator: "\n").first {
                $0.hasPrefix("alert_hub_refusals_total{reason=\"\(reason)\"}")
            }
            return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? 0
        }

        @Test("A user and a clinic have so many sockets over all loops: 429 before the upgrade; others are let in")
        func sockets() throws {
            let hub = try hub("connectionsPerUser: 10, connectionsPerClinic: 15")
            defer { hub.end() }
            var sockets = try (0..<10).map { _ in try hub.socket(.admin) }
            for _ in 0..<5 {
                #expect(throws: ClientFailure.self) { try hub.socket(.admin) }
            }
            #expect(try metric(hub, "user_limit") == 5)
            sockets += try (0..<5).map { _ in try hub.socket(.doctor) }
            #expect(throws: ClientFailure.self) { try hub.socket(.doctor) }
            #expect(try metric(hub, "clinic_limit") == 1)
            _ = try hub.socket(.admin, clinic: DemoIDs.otherClinic)
            let answer = try hub.client(.admin).exchange(
                ClientHandshake(nonce: Array(repeating: 1, count: 16), subprotocols: ["alert-hub.v1"]).request(
                    target: "/ws", host: "127.0.0.1",
                    fields: ["Authorization": "Bearer \(try hub.tokens.token(.admin))"]))
            #expect(answer.status == .tooManyRequests)
            #expect(answer.fields["Retry-After"] != nil)
            #expect(Contract.validate(answer.body, status: 429, to: "GET", "/ws") == [])
            sockets.removeLast(5)
            #expect(poll(within: .seconds(30)) { (try? hub.socket(.doctor)) != nil })
            let session = try hub.sql(.superuser)
            #expect(
                try poll(within: .seconds(30)) {
                    try session.query(
                        """
                        SELECT FROM audit_logs
                        WHERE action = 'CONNECT' AND outcome = 'USER_LIMIT' AND actor_role = 'ADMIN'
                        """
                    ).count >= 1
                })
        }

        @Test("A user who floods is closed with 3013, and its clinic's other user is not")
        func messages() throws {
            let hub = try hub("messagesPerSecondPerUser: 5")
            defer { hub.end() }
            let other = try hub.socket(.doctor)
            let sockets = try (0..<3).map { _ in try hub.socket(.admin) }
            for socket in sockets { for _ in 0..<40 { try socket.send(["type": "ping"]) } }
            let codes = sockets.filter { socket in
                poll(within: .seconds(10)) {
                    if case .closed(let code, _) = try? socket.next() { return code.rawValue == 3013 }
                    return false
                }
            }
            #expect(!codes.isEmpty)
            try other.send(["type": "ping"])
            _ = try other.message("reply")
            #expect(try metric(hub, "user_messages") >= 1)
        }

        @Test("Those who show no token have a small share; who has one is let in again as soon as they are gone")
        func strangers() throws {
            let hub = try hub(
                "unauthenticatedConnections: 40, unauthenticatedConnectionsPerAddress: 40, handshakeSeconds: 2")
            defer { hub.end() }
            let screen = try hub.socket(.admin)
            var idle: [ClientSocket] = []
            for _ in 0..<60 { idle.append(try ClientSocket(port: hub.port)) }
            try screen.send(["type": "ping"])
            _ = try screen.message("reply")
            // They say nothing, and their time is short.
            #expect(poll(within: .seconds(30)) { (try? hub.socket(.admin)) != nil })
            #expect(poll(within: .seconds(30)) { (try? metric(hub, "unauthenticated_limit")) ?? 0 >= 20 })
            idle.removeAll()
        }

        @Test("An address that connects too fast is answered 429 with a wait")
        func handshakes() throws {
            let hub = try hub("handshakesPerSecondPerAddress: 20")
            defer { hub.end() }
            var refused = 0
            for _ in 0..<600 where try hub.client.get("/health/live").status == .tooManyRequests { refused += 1 }
            #expect(refused > 0)
            #expect(poll(within: .seconds(30)) { (try? hub.client.get("/health/live"))?.status == .ok })
        }
    }
}
