import Clinic
import HubProtocol
import Platform
import TestSupport
import Testing
import Transport
import Wire

@testable import API

@Suite("Limits of users and clinics")
struct BearerLimitsTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)

    private func principal(user: UInt64, clinic: UInt64 = 1) -> Principal {
        Principal(
            clinic: ClinicID(high: 0, low: clinic), user: UserID(high: 0, low: user), role: .doctor,
            expiresAt: WallTime(microseconds: 0))
    }

    private func limits(_ change: (inout BearerLimits.Limits) -> Void) -> BearerLimits {
        var limits = BearerLimits.Limits()
        change(&limits)
        return BearerLimits(limits)
    }

    @Test("a user has so many sockets, whatever the token; another clinic's user of the same id is another")
    func sockets() {
        let limits = limits { $0.user.sockets = 1 }
        #expect(limits.enter(principal(user: 1), now: now) == nil)
        #expect(limits.enter(principal(user: 1), now: now) == .userLimit)
        #expect(limits.enter(principal(user: 2), now: now) == nil)
        #expect(limits.enter(principal(user: 1, clinic: 2), now: now) == nil)
        limits.leave(principal(user: 1))
        #expect(limits.enter(principal(user: 1), now: now) == nil)
    }

    @Test("one whom the clinic has no room for takes no place of the user")
    func clinic() {
        let limits = limits {
            $0.user.sockets = 2
            $0.clinic.sockets = 1
        }
        #expect(limits.enter(principal(user: 1), now: now) == nil)
        for _ in 0..<5 { #expect(limits.enter(principal(user: 2), now: now) == .clinicLimit) }
        limits.leave(principal(user: 1))
        #expect(limits.enter(principal(user: 2), now: now) == nil)
    }

    @Test("a user who says too much takes nothing of the clinic's others")
    func messages() {
        let limits = limits {
            $0.user.messages = TokenBucket.Rate(perSecond: 1, burst: 2)
            $0.clinic.messages = TokenBucket.Rate(perSecond: 1, burst: 4)
        }
        var refusals: [TransportCounters.Refusal?] = []
        for _ in 0..<10 { refusals.append(limits.takeMessage(of: principal(user: 1), now: now)) }
        #expect(refusals == [nil, nil] + Array(repeating: .userMessages, count: 8))
        #expect(limits.takeMessage(of: principal(user: 2), now: now) == nil)
        #expect(limits.takeMessage(of: principal(user: 3), now: now) == nil)
        #expect(limits.takeMessage(of: principal(user: 4), now: now) == .clinicMessages)
        #expect(limits.takeMessage(of: principal(user: 1, clinic: 2), now: now) == nil)
    }

    @Test("sockets are opened at a rate")
    func openings() {
        let limits = limits {
            $0.user.openings = TokenBucket.Rate(perSecond: 1, burst: 1)
            $0.clinic.openings = TokenBucket.Rate(perSecond: 1, burst: 2)
        }
        #expect(limits.enter(principal(user: 1), now: now) == nil)
        #expect(limits.enter(principal(user: 1), now: now) == .userRate)
        #expect(limits.enter(principal(user: 2), now: now) == nil)
        #expect(limits.enter(principal(user: 3), now: now) == .clinicRate)
        #expect(limits.enter(principal(user: 1), now: now.advanced(by: .seconds(2))) == nil)
    }
}

@Suite("Limits of live sessions")
struct SessionLimitTests {
    private func bearers(_ change: (inout BearerLimits.Limits) -> Void) -> BearerLimits {
        var limits = BearerLimits.Limits()
        change(&limits)
        return BearerLimits(limits)
    }

    private func addresses(_ change: (inout AddressLimits.Limits) -> Void) -> AddressLimits {
        var limits = AddressLimits.Limits()
        change(&limits)
        return AddressLimits(limits)
    }

    private func refusals(_ scene: LiveScene) async -> [TransportCounters.Refusal: UInt64] {
        await scene.ask { $0.server.counters.refusals }
    }

    /// The status and the wait with which an upgrade is refused.
    private func refusal(_ scene: LiveScene, token: String) throws -> (HTTPStatus, String?) {
        let answer = try HTTPClient(port: scene.port, token: token).exchange(
            ClientHandshake(nonce: Array(repeating: 1, count: 16), subprotocols: ["alert-hub.v1"]).request(
                target: "/ws", host: "127.0.0.1:\(scene.port)", fields: ["Authorization": "Bearer \(token)"]))
        #expect(answer.json["type"] == "urn:alert-hub:problem:too-many-requests")
        return (answer.status, answer.fields["Retry-After"])
    }

    private func authenticate(_ scene: LiveScene) throws -> WebSocketClient {
        let socket = try WebSocketClient(port: scene.port)
        try socket.send(["type": "authenticate", "token": .string(scene.token())])
        return socket
    }

    @Test("a socket too many is answered 429 before the upgrade, and closed with 3013 after it")
    func sockets() async throws {
        let scene = try LiveScene(bearers: bearers { $0.user.sockets = 1 })
        do {
            let socket = try WebSocketClient(port: scene.port, token: scene.token())
            _ = try socket.message("welcome")
            let (status, wait) = try refusal(scene, token: scene.token())
            #expect(status == .tooManyRequests)
            #expect(wait == "2")
            #expect(try authenticate(scene).close().code == .rateLimited)
            #expect(await refusals(scene)[.userLimit] == 2)
        }
        #expect(await scene.becomes { $0.service.sessions.count == 0 })
        let again = try authenticate(scene)
        _ = try again.message("welcome")
    }

    @Test("a place that was taken for an upgrade that never came is given back")
    func lostUpgrade() async throws {
        let scene = try LiveScene(bearers: bearers { $0.user.sockets = 1 })
        await scene.ask { state in
            let principal = Principal(
                clinic: ClinicID(high: 0, low: 1), user: UserID(high: 0, low: 2), role: .doctor,
                expiresAt: WallTime(microseconds: .max))
            #expect(state.service.sessions.bearers.enter(principal, now: .now()) == nil)
            _ = LiveSession(sessions: state.service.sessions, principal: principal)
        }
        let socket = try WebSocketClient(port: scene.port, token: scene.token())
        _ = try socket.message("welcome")
    }

    @Test("messages past the rate of the user, the clinic or the address close with 3013")
    func messages() async throws {
        let rate = TokenBucket.Rate(perSecond: 0.001, burst: 5)
        let scenes: [(LiveScene, TransportCounters.Refusal)] = [
            (try LiveScene(bearers: bearers { $0.user.messages = rate }), .userMessages),
            (try LiveScene(bearers: bearers { $0.clinic.messages = rate }), .clinicMessages),
            // The handshake is a request of the address.
            (
                try LiveScene(
                    addresses: addresses {
                        $0.messagesPerAddress = TokenBucket.Rate(perSecond: 0.001, burst: 6)
                    }), .addressMessages
            ),
        ]
        for (scene, reason) in scenes {
            let socket = try WebSocketClient(port: scene.port, token: scene.token())
            for id: Int64 in 1...6 { try socket.send(["type": "ping", "id": .integer(id)]) }
            for id: Int64 in 1...5 { #expect(try socket.message("reply")["id"] == .integer(id)) }
            #expect(try socket.close().code == .rateLimited)
            #expect(await refusals(scene)[reason] == 1)
        }
    }

    @Test("requests count with the messages: 429 with a wait")
    func requests() async throws {
        let rate = TokenBucket.Rate(perSecond: 0.001, burst: 2)
        let scene = try LiveScene(bearers: bearers { $0.user.messages = rate })
        let client = HTTPClient(port: scene.port, token: scene.token())
        for _ in 0..<2 { #expect(try client.get("/api/v1/alerts").status == .serviceUnavailable) }
        let refused = try client.get("/api/v1/alerts")
        #expect(refused.status == .tooManyRequests)
        #expect(refused.fields["Retry-After"] == "2")
        let socket = try WebSocketClient(port: scene.port, token: scene.token())
        try socket.send(["type": "ping"])
        #expect(try socket.close().code == .rateLimited)
        #expect(await refusals(scene)[.userMessages] == 2)
    }

    @Test("a session's pings count as its messages")
    func pings() async throws {
        let scene = try LiveScene()
        let socket = try WebSocketClient(port: scene.port, token: scene.token())
        let ping = FrameEncoder.maskedFrame(.ping, [], key: MaskKey(1))
        try socket.send(raw: Array(repeatElement(ping, count: 2_500).joined()))
        #expect(try socket.close().code == .rateLimited)
        #expect(await refusals(scene)[.sessionMessages] == 1)
    }

    @Test("before authentication eight messages are heard, of 4 KiB together (NATS GHSA-8r68-gvr4-jh7j)")
    func strangers() async throws {
        let scene = try LiveScene()
        let talker = try WebSocketClient(port: scene.port)
        for _ in 0..<9 { try talker.send(["type": "ping"]) }
        for _ in 0..<8 { #expect(try talker.message("error")["code"] == 101) }
        #expect(try talker.close().code == .rateLimited)
        #expect(await refusals(scene)[.strangerMessages] == 1)

        let long = try WebSocketClient(port: scene.port)
        let blank = Array(repeating: UInt8(ascii: " "), count: 2_048)
        for _ in 0..<2 { try long.send(.text, blank) }
        try long.send(.text, [UInt8(ascii: " ")])
        #expect(try long.close().code == .messageTooBig)
    }

    @Test("a stranger's socket counts as one until its token is taken")
    func recognised() async throws {
        let scene = try LiveScene(addresses: addresses { $0.strangersPerAddress = 1 })
        let first = try authenticate(scene)
        _ = try first.message("welcome")
        let second = try WebSocketClient(port: scene.port, token: scene.token())
        _ = try second.message("welcome")
        let stranger = try WebSocketClient(port: scene.port)
        #expect(throws: ClientFailure.self) { try WebSocketClient(port: scene.port, token: scene.token()) }
        try stranger.send(["type": "authenticate", "token": .string(scene.token())])
        _ = try stranger.message("welcome")
        _ = try WebSocketClient(port: scene.port, token: scene.token())
        #expect(await refusals(scene)[.addressStrangerLimit] == 1)
    }

    @Test("who has not authenticated is not offered compression, even if the hub offers it (NATS GHSA-qrvq-68c2-7grw)")
    func noInflation() throws {
        let scene = try LiveScene { $0.compression = DeflatePolicy() }
        let handshake = ClientHandshake(nonce: Array(repeating: 1, count: 16), subprotocols: ["alert-hub.v1"])
        for (fields, isOffered): (HTTPFields, Bool) in [
            ([:], false), (["Authorization": "Bearer \(scene.token())"], true),
        ] {
            var fields = fields
            fields.set("Sec-WebSocket-Extensions", "permessage-deflate")
            let answer = try HTTPClient(port: scene.port).exchange(
                handshake.request(target: "/ws", host: "127.0.0.1:\(scene.port)", fields: fields))
            #expect(answer.status == .switchingProtocols)
            #expect((answer.fields["Sec-WebSocket-Extensions"] != nil) == isOffered)
        }
    }
}
