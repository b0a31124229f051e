import Clinic
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("The echo endpoint and compression")
    struct EchoAndCompression {
        private static let offer: HTTPFields = ["Sec-WebSocket-Extensions": "permessage-deflate"]

        @Test("Where they are turned on, strangers are echoed, and only those with a token are compressed")
        func turnedOn() throws {
            var options = HubProcess.Options()
            options.configuration = "diagnostics: { echo: true }, webSocket: { compression: true }"
            let hub = try HubProcess(options)
            defer { hub.end() }

            let echo = try WebSocketClient(port: hub.port, path: "/echo", subprotocols: [])
            let text = "{\"text\":\"" + String(repeating: "a", count: 300_000) + "\"}"
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: 1_000) {
                let end = min(start + 1_000, bytes.count)
                try echo.send(
                    start == 0 ? .text : .continuation, Array(bytes[start..<end]), isFinal: end == bytes.count)
            }
            #expect(try echo.message { $0["text"]?.stringValue?.utf8.count == 300_000 } != .null)

            // This client refuses an answer that names an extension, and by that shows that it was named.
            let token = try hub.tokens.token(.doctor)
            #expect(throws: ClientFailure.malformed("unknownExtension")) {
                _ = try WebSocketClient(port: hub.port, token: token, fields: Self.offer)
            }
            #expect(throws: Never.self, "before authentication nothing is inflated") {
                _ = try WebSocketClient(port: hub.port, fields: Self.offer)
            }
        }

        @Test("Both are off unless somebody turns them on")
        func turnedOff() throws {
            let hub = try SharedHub.get()
            #expect(throws: ClientFailure.self) {
                _ = try WebSocketClient(port: hub.port, path: "/echo", subprotocols: [])
            }
            let token = try hub.tokens.token(.doctor)
            #expect(throws: Never.self) { _ = try WebSocketClient(port: hub.port, token: token, fields: Self.offer) }
        }
    }
}
