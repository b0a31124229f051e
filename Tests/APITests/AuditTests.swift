import Clinic
import Database
import Hub
import HubProtocol
import Platform
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import API

@Suite("What sessions leave in the audit")
struct SessionAuditTests {
    private func subscribe(_ scene: LiveScene, clinic: ClinicID? = nil, since: Bool = false) -> JSONValue {
        let channel = JSONValue.string("clinic:\(clinic ?? scene.clinic)")
        guard since else { return ["type": "subscribe", "channel": channel] }
        let epoch = JSONValue.string(EpochID(high: 1, low: 1).description)
        return ["type": "subscribe", "channel": channel, "since": ["epoch": epoch, "seq": 0]]
    }

    private func opened(_ scene: LiveScene) throws -> WebSocketClient {
        let socket = try WebSocketClient(port: scene.port, token: scene.token())
        _ = try socket.message("welcome")
        return socket
    }

    private func entries(_ scene: LiveScene) async -> [AuditEntry] { await scene.ask { $0.audit.entries } }

    @Test("a subscribe and a resume are written down, with who it was, before they are answered")
    func before() async throws {
        let scene = try LiveScene()
        await scene.ask { $0.audit.isHeld = true }
        let first = try opened(scene)
        let second = try opened(scene)
        try first.send(subscribe(scene))
        try second.send(subscribe(scene, since: true))
        #expect(await scene.becomes { $0.audit.heldCount == 1 })
        try first.send(["type": "ping"])
        #expect(try first.next() != .closed(.abnormal, reason: ""))
        #expect(await scene.ask { $0.service.subscriptionCount } == 0)
        await scene.ask { $0.audit.isHeld = false }
        _ = try first.message("subscribed")
        _ = try second.message("subscribed")
        let entries = await entries(scene)
        #expect(Set(entries.map(\.action)) == [.subscribe, .resume])
        for entry in entries {
            #expect(entry.actor == .user(UserID(high: 0, low: 2), .doctor))
            #expect(entry.clinic == scene.clinic)
            #expect(entry.ipAddress == "127.0.0.1")
            #expect(entry.outcome == nil)
            #expect(entry.sessionID != nil)
        }
    }

    @Test("a subscription that cannot be written down is not given, and the client may try again")
    func failure() async throws {
        let scene = try LiveScene()
        await scene.ask { $0.audit.failure = .database(.unavailable(outcomeUnknown: false)) }
        let socket = try opened(scene)
        try socket.send(subscribe(scene))
        let error = try socket.message("error")
        #expect(error["code"] == 100)
        #expect(error["temporary"] == true)
        #expect(await scene.ask { $0.service.subscriptionCount } == 0)
        await scene.ask { $0.audit.failure = nil }
        try socket.send(subscribe(scene))
        _ = try socket.message("subscribed")
    }

    @Test("those who come while a commit is under way share the next one")
    func together() async throws {
        let scene = try LiveScene()
        await scene.ask { $0.audit.isHeld = true }
        let sockets = try (0..<20).map { _ in try opened(scene) }
        try sockets[0].send(subscribe(scene))
        #expect(await scene.becomes { $0.audit.heldCount == 1 })
        for socket in sockets.dropFirst() { try socket.send(subscribe(scene)) }
        // An answer to a later message says that the earlier one was taken.
        for socket in sockets.dropFirst() {
            try socket.send(["type": "ping"])
            _ = try socket.message("reply")
        }
        await scene.ask { $0.audit.isHeld = false }
        for socket in sockets { _ = try socket.message("subscribed") }
        #expect(await entries(scene).count == 20)
        #expect(await scene.ask { $0.audit.commits } <= 3)
    }

    @Test("refusals are written down: tokens, channels, rights, origins, limits")
    func refusals() async throws {
        let scene = try LiveScene()
        let bad = try WebSocketClient(port: scene.port, token: "a.b.c")
        _ = try bad.close()
        #expect(try HTTPClient(port: scene.port).get("/api/v1/alerts").status == .unauthorized)
        let socket = try opened(scene)
        try socket.send(subscribe(scene, clinic: ClinicID(high: 0, low: 9)))
        _ = try socket.message("error")
        let client = HTTPClient(port: scene.port, token: scene.token(.corporateAdmin))
        #expect(try client.post("/api/v1/alerts", [:]).status == .forbidden)
        #expect(throws: ClientFailure.self) {
            try WebSocketClient(port: scene.port, fields: ["Origin": "https://evil.example"])
        }
        let expected: Set = [
            "AUTHENTICATE BAD_TOKEN -", "AUTHENTICATE NO_TOKEN -", "SUBSCRIBE NOT_PERMITTED DOCTOR",
            "REQUEST FORBIDDEN CORPORATE_ADMIN", "CONNECT FOREIGN_ORIGIN -",
        ]
        #expect(
            await scene.becomes { state in
                Set(state.audit.entries.map(Self.line)).isSuperset(of: expected)
            })
        let entries = await entries(scene)
        #expect(entries.allSatisfy { $0.ipAddress == "127.0.0.1" })
        // The channel that was asked for is another clinic's to know; the refusal stands with the one who asked.
        #expect(entries.first { $0.action == .subscribe }?.clinic == scene.clinic)
    }

    private static func line(_ entry: AuditEntry) -> String {
        var role = "-"
        if case .user(_, let its) = entry.actor { role = its.rawValue }
        return "\(entry.action.rawValue) \(entry.outcome ?? "") \(role)"
    }

    @Test("a log-in is written down once, by whichever way the token comes first")
    func logIn() async throws {
        let scene = try LiveScene()
        _ = try opened(scene)
        _ = try opened(scene)
        let client = HTTPClient(port: scene.port, token: scene.token(.corporateAdmin))
        for _ in 0..<2 { #expect(try client.post("/api/v1/alerts", [:]).status == .forbidden) }
        #expect(await scene.becomes { $0.audit.logIns.count == 1 })
        let told = await scene.ask { $0.audit.logIns }
        #expect(told.first?.actor == .user(UserID(high: 0, low: 2), .doctor))
        #expect(told.first?.ipAddress == "127.0.0.1")
        #expect(told.first?.outcome == nil && told.first?.sessionID != nil)
    }

    @Test("a flood of refusals is a row, and the count of the others at the end")
    func flood() async throws {
        let scene = try LiveScene()
        let socket = try opened(scene)
        for _ in 0..<500 { try socket.send(subscribe(scene, clinic: ClinicID(high: 0, low: 9))) }
        for _ in 0..<500 { _ = try socket.message("error") }
        #expect(await scene.becomes { $0.audit.entries.count == 1 })
        try await scene.run { await $0.service.finish() }
        #expect(await entries(scene).map(\.occurrences) == [1, 499])
    }
}

@Suite("Live authority")
struct LiveAuthorityTests {
    private func opened(_ scene: LiveScene, _ token: String) throws -> WebSocketClient {
        let socket = try WebSocketClient(port: scene.port, token: token)
        _ = try socket.message("welcome")
        return socket
    }

    private func revoke(_ scene: LiveScene, _ subject: Revocation.Subject, inSeconds: Int64 = 0) async {
        await scene.ask { state in
            let now = Timestamp(microseconds: WallTime.now().microseconds + inSeconds * 1_000_000)
            state.hub.revocations.add([
                Revocation(clinic: ClinicID(high: 0, low: 1), subject: subject, revokedAt: now, expiresAt: nil)
            ])
        }
    }

    @Test("a revoked token's socket ends, and the token is good for nothing any more")
    func token() async throws {
        let scene = try LiveScene()
        let socket = try opened(scene, scene.token(id: "stolen"))
        let other = try opened(scene, scene.token(id: "kept"))
        await revoke(scene, .token("stolen"))
        let end = try socket.close()
        #expect(end.code == SessionEnd.revoked.closeCode)
        let again = try WebSocketClient(port: scene.port, token: scene.token(id: "stolen"))
        #expect(try again.close().code == SessionEnd.revoked.closeCode)
        let byMessage = try WebSocketClient(port: scene.port)
        try byMessage.send(["type": "authenticate", "token": .string(scene.token(id: "stolen"))])
        #expect(try byMessage.close().code == SessionEnd.revoked.closeCode)
        let answer = try HTTPClient(port: scene.port, token: scene.token(id: "stolen")).get("/api/v1/alerts")
        #expect(answer.status == .unauthorized)
        try other.send(["type": "refresh", "token": .string(scene.token(id: "stolen"))])
        #expect(try other.message("error")["code"] == 101)
        try other.send(["type": "ping"])
        _ = try other.message("reply")
    }

    @Test("a revoked user's sockets end, all of them, and a later token is good")
    func user() async throws {
        let scene = try LiveScene()
        let user = UserID(high: 0, low: 7)
        let sockets = try (0..<3).map { _ in try opened(scene, scene.token(user: user)) }
        let other = try opened(scene, scene.token())
        await revoke(scene, .user(user), inSeconds: -5)
        try other.send(["type": "ping"])
        _ = try other.message("reply")
        await revoke(scene, .user(user))
        for socket in sockets { #expect(try socket.close().code == SessionEnd.revoked.closeCode) }
        try other.send(["type": "ping"])
        _ = try other.message("reply")
        let soon = WallTime(microseconds: WallTime.now().microseconds + 2_000_000)
        let later = scene.tokens.mint(
            Principal(
                clinic: scene.clinic, user: user, role: .doctor,
                expiresAt: WallTime(microseconds: soon.microseconds + 60_000_000)), now: soon)
        _ = try opened(scene, later)
    }

    @Test("a new token with another role changes what its bearer may do at once")
    func newRole() throws {
        let scene = try LiveScene()
        let socket = try opened(scene, scene.token(.doctor))
        try socket.send(["type": "refresh", "token": .string(scene.token(.admin))])
        _ = try socket.message("reply")
        let alert = JSONValue.string("00000000-0000-4000-8000-000000000301")
        try socket.send(["type": "acknowledge", "alertId": alert])
        #expect(try socket.message("error")["code"] == 103)
    }

    @Test("a subscription that its bearer may have no more ends, and the client is told")
    func lostPermission() async throws {
        let scene = try LiveScene()
        let socket = try opened(scene, scene.token())
        try socket.send(["type": "subscribe", "channel": .string("clinic:\(scene.clinic)")])
        _ = try socket.message("subscribed")
        // No role of today lacks the right, so the clinic is changed behind the session's back.
        await scene.ask { state in
            for session in state.service.sessions.all {
                session.principal = Principal(
                    clinic: ClinicID(high: 0, low: 9), user: UserID(high: 0, low: 2), role: .doctor,
                    expiresAt: WallTime(microseconds: .max))
                session.reauthorise()
            }
        }
        let error = try socket.message("error")
        #expect(error["code"] == 103)
        #expect(error["message"]?.stringValue?.contains("clinic:\(scene.clinic)") == true)
        #expect(await scene.ask { $0.service.subscriptionCount } == 0)
        #expect(await scene.becomes { $0.audit.entries.contains { $0.outcome == "PERMISSION_LOST" } })
    }
}

@Suite("Origins at the door")
struct OriginTests {
    @Test("a page is let in by scheme, host and port together; null, foreign and doubled origins are not")
    func origins() throws {
        let policy = OriginPolicy(admitted: [try #require(Origin("https://board.clinic.example"))])
        let scene = try LiveScene(origins: policy)
        let port = scene.port
        func isAdmitted(_ fields: HTTPFields) -> Bool {
            (try? WebSocketClient(port: port, token: scene.token(), fields: fields)) != nil
        }
        for origin in ["http://127.0.0.1:\(port)", "https://board.clinic.example", "HTTPS://Board.Clinic.Example:443"] {
            #expect(isAdmitted(["Origin": origin]), "\(origin)")
        }
        for origin in [
            "null", "", "*", "http://127.0.0.1", "http://127.0.0.1:1", "https://127.0.0.1:\(port)", "127.0.0.1:\(port)",
            "http://localhost:\(port)", "http://127.0.0.1:\(port)/", "http://user@127.0.0.1:\(port)",
            "http://127.0.0.1:\(port).evil.example", "http://evil.example/?127.0.0.1:\(port)",
            "http://board.clinic.example", "https://board.clinic.example:8443", "https://board.clinic.example.evil.com",
            "https://evil.board.clinic.example", "file://", "ws://127.0.0.1:\(port)",
            "http://127.0.0.1:\(port), https://board.clinic.example",
        ] {
            #expect(!isAdmitted(["Origin": origin]), "\(origin)")
        }
        var doubled = HTTPFields()
        doubled.append("Origin", "https://board.clinic.example")
        doubled.append("Origin", "https://board.clinic.example")
        #expect(!isAdmitted(doubled))
    }

    @Test("a client that is no browser shows a token in any of the three ways; a cookie is none")
    func withoutOrigin() throws {
        let scene = try LiveScene()
        let byField = try WebSocketClient(port: scene.port, token: scene.token())
        _ = try byField.message("welcome")
        let bySubprotocol = try WebSocketClient(
            port: scene.port, subprotocols: ["alert-hub.v1", "bearer.\(scene.token())"])
        _ = try bySubprotocol.message("welcome")
        let byMessage = try WebSocketClient(
            port: scene.port, fields: ["Cookie": "token=\(scene.token())", "X-Forwarded-User": "admin"])
        try byMessage.send(["type": "subscribe", "channel": .string("clinic:\(scene.clinic)")])
        #expect(try byMessage.message("error")["code"] == 101)
        try byMessage.send(["type": "authenticate", "token": .string(scene.token())])
        _ = try byMessage.message("welcome")
    }
}
