import Clinic
import Hub
import HubProtocol
import Platform
import TestSupport
import Testing
import Wire

@testable import API

@Suite struct LiveSessionTests {
    private func channel(_ scene: LiveScene) -> JSONValue { .string("clinic:\(scene.clinic)") }

    private func object(_ members: [(String, JSONValue)]) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { _ = object.append(name, value) }
        return .object(object)
    }

    private func message(_ type: String, _ scene: LiveScene, _ more: [(String, JSONValue)] = []) -> JSONValue {
        object([("type", .string(type)), ("channel", channel(scene))] + more)
    }

    private func opened(_ scene: LiveScene) throws -> WebSocketClient {
        let socket = try WebSocketClient(port: scene.port, token: scene.token())
        _ = try socket.message("welcome")
        return socket
    }

    @Test("a subscription is given its events, and is gone with its socket") func lifetime() async throws {
        let scene = try LiveScene()
        do {
            let socket = try opened(scene)
            try socket.send(message("subscribe", scene))
            _ = try socket.message("subscribed")
            await scene.ask { state in
                state.history.head = 1
                state.hub.channels.publish(state.history.event(1, of: ClinicID(high: 0, low: 1)))
            }
            #expect(try socket.message("event")["seq"] == .integer(1))
        }
        #expect(await scene.becomes { $0.service.subscriptionCount == 0 && $0.service.sessions.count == 0 })
    }

    @Test("a socket that closes while it subscribes leaves no subscription") func closedMeanwhile() async throws {
        let scene = try LiveScene()
        await scene.ask { $0.history.isHeld = true }
        do {
            let socket = try opened(scene)
            try socket.send(message("subscribe", scene))
            #expect(await scene.becomes { $0.history.heldCount == 1 })
        }
        #expect(await scene.becomes { $0.service.sessions.count == 0 })
        await scene.ask { $0.history.isHeld = false }
        // A later subscriber is answered after the one that is gone.
        let other = try opened(scene)
        try other.send(message("subscribe", scene))
        _ = try other.message("subscribed")
        #expect(await scene.ask { $0.service.subscriptionCount } == 1)
    }

    @Test("unsubscribe ends a subscribe that is under way, and the next one is answered") func unsubscribed()
        async throws
    {
        let scene = try LiveScene()
        await scene.ask { $0.history.isHeld = true }
        let socket = try opened(scene)
        try socket.send(message("subscribe", scene, [("id", .integer(1))]))
        try socket.send(message("unsubscribe", scene, [("id", .integer(2))]))
        try socket.send(message("subscribe", scene, [("id", .integer(3))]))
        #expect(try socket.message("reply")["id"] == .integer(2))
        await scene.ask { $0.history.isHeld = false }
        #expect(try socket.message("subscribed")["id"] == .integer(3))
        #expect(await scene.ask { $0.service.subscriptionCount } == 1)
    }

    @Test("a second subscribe while the first is under way is refused") func twice() async throws {
        let scene = try LiveScene()
        await scene.ask { $0.history.isHeld = true }
        let socket = try opened(scene)
        for id: Int64 in 1...2 { try socket.send(message("subscribe", scene, [("id", .integer(id))])) }
        let error = try socket.message("error")
        #expect(error["id"] == .integer(2))
        #expect(error["code"] == .integer(105))
        await scene.ask { $0.history.isHeld = false }
        #expect(try socket.message("subscribed")["id"] == .integer(1))
    }

    @Test("another clinic's channel is unknown") func foreign() throws {
        let scene = try LiveScene()
        let socket = try opened(scene)
        let other = JSONValue.string("clinic:\(ClinicID(high: 0, low: 9))")
        try socket.send(object([("type", "subscribe"), ("channel", other)]))
        #expect(try socket.message("error")["code"] == .integer(102))
    }

    @Test("of a thousand commands at once only some are under way; the rest is told to wait") func flood() throws {
        let scene = try LiveScene(isDatabaseAwaited: true)
        let socket = try opened(scene)
        for id: Int64 in 1...1_000 {
            let alert = JSONValue.string("00000000-0000-4000-8000-000000000301")
            try socket.send(object([("type", "acknowledge"), ("id", .integer(id)), ("alertId", alert)]))
        }
        for id: Int64 in 33...1_000 {
            let error = try socket.message("error")
            #expect(error["code"] == .integer(111))
            #expect(error["id"] == .integer(id))
        }
    }

    @Test("without its database a command is refused and the session goes on") func withoutDatabase() throws {
        let scene = try LiveScene()
        let socket = try opened(scene)
        let alert = JSONValue.string("00000000-0000-4000-8000-000000000301")
        try socket.send(object([("type", "acknowledge"), ("alertId", alert)]))
        #expect(try socket.message("error")["code"] == .integer(100))
        try socket.send(object([("type", "ping"), ("id", "p")]))
        #expect(try socket.message("reply")["id"] == "p")
    }

    @Test("a receipt for what was never sent is refused") func receipt() throws {
        let scene = try LiveScene()
        let socket = try opened(scene)
        let receipt = message("receipt", scene, [("seq", .integer(1)), ("stage", "received")])
        try socket.send(receipt)
        #expect(try socket.message("error")["code"] == .integer(108))
        try socket.send(message("subscribe", scene))
        _ = try socket.message("subscribed")
        try socket.send(receipt)
        #expect(try socket.message("error")["code"] == .integer(107))
    }

    @Test("a bad token closes with the code that says so", arguments: [(true, UInt16(3005)), (false, 3500)])
    func refused(isExpired: Bool, code: UInt16) throws {
        let scene = try LiveScene()
        let token = isExpired ? scene.token(expiresIn: -10) : "a.b.c"
        let byHeader = try WebSocketClient(port: scene.port, token: token)
        #expect(try byHeader.close().code == CloseCode(rawValue: code))
        let byMessage = try WebSocketClient(port: scene.port)
        try byMessage.send(object([("type", "authenticate"), ("token", .string(token))]))
        #expect(try byMessage.close().code == CloseCode(rawValue: code))
    }

    @Test("before authentication nothing is served, and no large message is taken") func beforeAuthentication() throws {
        let scene = try LiveScene()
        let socket = try WebSocketClient(port: scene.port)
        try socket.send(message("subscribe", scene))
        #expect(try socket.message("error")["code"] == .integer(101))
        try socket.send(.text, Array(repeating: UInt8(ascii: " "), count: 4_097))
        #expect(try socket.close().code == .messageTooBig)
    }

    @Test("after authentication larger messages are taken") func afterAuthentication() throws {
        let scene = try LiveScene()
        let socket = try WebSocketClient(port: scene.port)
        try socket.send(object([("type", "authenticate"), ("token", .string(scene.token()))]))
        _ = try socket.message("welcome")
        try socket.send(.text, Array(repeating: UInt8(ascii: " "), count: 60_000) + Array(#"{"type":"ping"}"#.utf8))
        _ = try socket.message("reply")
    }

    @Test("a new token must be for the same person, in the same clinic") func refresh() throws {
        let scene = try LiveScene()
        let socket = try opened(scene)
        for token in [scene.token(user: UserID(high: 0, low: 3)), scene.token(clinic: ClinicID(high: 0, low: 9))] {
            try socket.send(object([("type", "refresh"), ("token", .string(token))]))
            #expect(try socket.message("error")["code"] == .integer(103))
        }
        try socket.send(object([("type", "refresh"), ("token", .string(scene.token()))]))
        _ = try socket.message("reply")
    }

    @Test("a session ends with its token") func expiry() throws {
        let scene = try LiveScene()
        let socket = try WebSocketClient(port: scene.port, token: scene.token(expiresIn: 2))
        _ = try socket.message("token_expiring")
        #expect(try socket.close().code == .tokenExpired)
    }
}
