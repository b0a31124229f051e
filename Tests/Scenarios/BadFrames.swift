import Clinic
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Bad input over a socket")
    struct BadFrames {
        @Test("Frames that break the rules end their socket with the code for it, and nobody else's")
        func frames() throws {
            let hub = try SharedHub.get()
            let bystander = Screen(hub)
            try bystander.connect()
            let unmasked = FrameEncoder.frame(.text, Array("{}".utf8))
            let wrong: [(String, [UInt8], CloseCode)] = [
                ("unmasked", unmasked, .protocolError), ("binary", masked(.binary, [1, 2, 3]), .unsupportedData),
                ("not UTF-8", masked(.text, [0x7B, 0xC3, 0x28, 0x7D]), .invalidData),
                ("too big", masked(.text, [UInt8](repeating: 0x20, count: 70_000)), .messageTooBig),
                ("a length of 2^63", [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], .protocolError),
                ("announced too big", [0x81, 0xFF, 0, 0, 0, 0xFF, 0, 0, 0, 0, 1, 2, 3, 4], .messageTooBig),
                ("a length in too many bytes", [0x81, 0xFE, 0, 5, 1, 2, 3, 4, 0, 0, 0, 0, 0], .protocolError),
                ("reserved bit", [0xC1, 0x80, 1, 2, 3, 4], .protocolError),
                ("reserved opcode", [0x83, 0x80, 1, 2, 3, 4], .protocolError),
                ("ping in fragments", [0x09, 0x80, 1, 2, 3, 4], .protocolError),
                ("long ping", [0x89, 0xFE, 0, 126, 1, 2, 3, 4], .protocolError),
                ("continuation of nothing", masked(.continuation, [0x20]), .protocolError),
                ("a message within a message", masked(.text, [0x7B], false) + masked(.text, [0x7D]), .protocolError),
                (
                    "too many fragments",
                    masked(.text, [], false) + (0..<70).flatMap { _ in masked(.continuation, [], false) },
                    .policyViolation
                ),
                ("close with 1005", masked(.close, [0x03, 0xED]), .protocolError),
                ("close with half a code", masked(.close, [0x03]), .protocolError),
                ("close with bad UTF-8", masked(.close, [0x03, 0xE8, 0xC3, 0x28]), .invalidData),
            ]
            for (what, bytes, code) in wrong {
                let socket = try hub.socket(.doctor)
                try socket.send(subscribe(DemoIDs.clinic))
                _ = try socket.message("subscribed")
                try socket.send(raw: bytes)
                #expect(try socket.close().code == code, "\(what)")
            }
            try bystanderStillHears(bystander, hub)
        }

        @Test("Messages that are not the protocol's are answered with a code and the field, and the socket lives on")
        func messages() throws {
            let hub = try SharedHub.get()
            let socket = try hub.socket(.doctor)
            let channel: JSONValue = .string("clinic:\(DemoIDs.clinic)")
            let wrong: [(JSONValue, code: Int64)] = [
                (["type": "dance"], 107), (["id": 1], 107), ([1, 2], 107), ("text", 107), (["type": 5], 107),
                (["type": "subscribe"], 107), (["type": "subscribe", "channel": "everything"], 102),
                (["type": "subscribe", "channel": 7], 102),
                (["type": "subscribe", "channel": channel, "sinse": 1], 107),
                (["type": "subscribe", "channel": channel, "since": ["epoch": "x", "seq": 1]], 107),
                (
                    [
                        "type": "subscribe", "channel": channel,
                        "since": ["epoch": .string(DemoIDs.nobody), "seq": -1],
                    ], 107
                ),
                (["type": "acknowledge", "alertId": "x"], 107),
                (["type": "acknowledge", "alertId": .string(DemoIDs.nobody)], 108),
                (["type": "decline", "alertId": .string(DemoIDs.nobody)], 108),
                (["type": "receipt", "channel": channel, "seq": 1, "stage": "rendered"], 108),
                (["type": "unsubscribe", "channel": channel], 108), (["type": "refresh", "token": "x"], 101),
                (["type": "authenticate", "token": "x"], 107),
                (["type": "ping", "id": .string(String(repeating: "i", count: 65))], 107),
            ]
            for (message, code) in wrong {
                try socket.send(message)
                let answer = try socket.message("error")
                #expect(answer["code"] == .integer(code), "\(message): \(answer)")
                #expect(answer["message"]?.stringValue?.isEmpty == false)
            }
            for text in ["{", "", "{}x", "{\"type\":\"ping\",\"type\":\"ping\"}"] {
                try socket.send(.text, Array(text.utf8))
                #expect(try socket.message("error")["code"] == 107, "\(text)")
            }
            try socket.send(["type": "ping", "id": 42])
            #expect(try socket.message("reply")["id"] == 42)
            let admin = try hub.socket(.admin)
            try admin.send(["type": "acknowledge", "alertId": .string(DemoIDs.nobody)])
            #expect(try admin.message("error")["code"] == 103)
        }

        @Test("A socket without a good token is closed with the code that tells its client what to do")
        func tokens() throws {
            let hub = try SharedHub.get()
            let good = hub.tokens.claims(.doctor)
            var old = good
            old["exp"] = .integer(WallTime.now().secondsSince1970 - 120)
            let wrong: [(String, String, UInt16)] = [
                ("expired", try hub.tokens.sign(old), 3005),
                ("forged", try hub.tokens.sign(good, secret: String(repeating: "x", count: 40)), 3500),
                ("none", hub.tokens.unsigned(good, signature: "AAAA"), 3500), ("no token", "x", 3500),
            ]
            for (what, token, code) in wrong {
                let early = try WebSocketClient(port: hub.port, token: token)
                #expect(try early.close().code.rawValue == code, "\(what), in the header")
                let late = try anonymous(hub)
                try late.send(["type": "authenticate", "id": 1, "token": .string(token)])
                #expect(try late.close().code.rawValue == code, "\(what), in a message")
            }
            let listed = try WebSocketClient(
                port: hub.port, subprotocols: ["alert-hub.v1", "bearer.\(try hub.tokens.token(.doctor))"])
            #expect(listed.subprotocol == "alert-hub.v1")
            _ = try listed.message("welcome")

            let hasty = try anonymous(hub)
            try hasty.send(subscribe(DemoIDs.clinic))
            #expect(try hasty.message("error")["code"] == 101)
            try hasty.send(["type": "authenticate", "token": .string(try hub.tokens.token(.doctor))])
            _ = try hasty.message("welcome")

            let talkative = try anonymous(hub)
            try talkative.send(.text, [UInt8](repeating: 0x20, count: 5_000))
            #expect(try talkative.close().code == .messageTooBig, "4 KiB before authentication")
            let silent = try anonymous(hub)
            #expect(try silent.close(within: .seconds(15)).code.rawValue == 3502)
        }

        @Test("A token that ends while its socket is open is announced, and closes it with 3005 unless it is refreshed")
        func expiry() throws {
            let hub = try SharedHub.get()
            let ending = try WebSocketClient(port: hub.port, token: try hub.tokens.token(.doctor, seconds: 3))
            let refreshed = try WebSocketClient(port: hub.port, token: try hub.tokens.token(.doctor, seconds: 3))
            _ = try refreshed.message("token_expiring")
            try refreshed.send(["type": "refresh", "id": 1, "token": .string(try hub.tokens.token(.admin))])
            #expect(try refreshed.message("error")["code"] == 103, "a token of somebody else")
            try refreshed.send(["type": "refresh", "id": 2, "token": .string(try hub.tokens.token(.doctor))])
            #expect(try refreshed.message("reply")["id"] == 2)
            _ = try ending.message("token_expiring")
            #expect(try ending.close(within: .seconds(15)).code.rawValue == 3005)
            try refreshed.send(["type": "ping", "id": 3])
            #expect(try refreshed.message("reply")["id"] == 3)
        }

        @Test("A page of another origin, an unknown subprotocol and a broken handshake get no socket")
        func handshakes() throws {
            let hub = try SharedHub.get()
            #expect(throws: ClientFailure.self) {
                try WebSocketClient(port: hub.port, fields: ["Origin": "https://evil.example"])
            }
            #expect(throws: ClientFailure.self) {
                try WebSocketClient(
                    port: hub.port, token: try hub.tokens.token(.doctor), subprotocols: ["socket.io"])
            }
            let token = try hub.tokens.token(.doctor)
            let head = "GET /ws HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer \(token)\r\nUpgrade: websocket\r\n"
            let wrong: [(String, HTTPStatus)] = [
                ("\(head)Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n", .badRequest),
                (
                    "\(head)Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", .upgradeRequired
                ),
            ]
            for (bytes, status) in wrong {
                #expect(try hub.client.exchange(Array(bytes.utf8)).status == status)
            }
        }

        /// A page of the hub's own origin, which has not said yet who sits before it.
        private func anonymous(_ hub: HubProcess) throws -> WebSocketClient {
            try WebSocketClient(port: hub.port, fields: ["Origin": "http://127.0.0.1:\(hub.port)"])
        }

        private func masked(_ opcode: Opcode, _ payload: [UInt8], _ isFinal: Bool = true) -> [UInt8] {
            FrameEncoder.maskedFrame(opcode, payload, key: MaskKey(0x1234_5678), isFinal: isFinal)
        }

        private func bystanderStillHears(_ screen: Screen, _ hub: HubProcess) throws {
            let alert = try hub.client(.admissions).raise()
            try screen.read { $0["data"]?["alertId"] == .string(alert.id) }
            #expect(try hub.client.get("/health/ready").status == .ok)
        }
    }
}
