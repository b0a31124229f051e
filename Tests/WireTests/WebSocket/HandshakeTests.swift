import Testing

@testable import Wire

@Suite("The opening handshake, RFC 6455 section 4")
struct HandshakeTests {
    /// SHA-1 of the only text that section 1.3 hashes.
    static let sha1: @Sendable ([UInt8]) -> [UInt8] = { bytes in
        guard String(decoding: bytes, as: UTF8.self) == key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" else {
            return [UInt8](repeating: 0, count: 20)
        }
        return [
            0xB3, 0x7A, 0x4F, 0x2C, 0xC0, 0x62, 0x4F, 0x16, 0x90, 0xF6, 0x46, 0x06, 0xCF, 0x38, 0x59, 0x45, 0xB2, 0xBE,
            0xC4, 0xEA,
        ]
    }
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let usual: [(String, String)] = [
        ("Host", "hub.example:8080"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key),
    ]

    private func accept(
        _ start: String = "GET /ws HTTP/1.1", replacing replaced: [String] = [], with fields: [(String, String)] = [],
        origins: OriginPolicy = OriginPolicy(), isSecure: Bool = false, body: String = ""
    ) throws -> ServerHandshake.Acceptance {
        let kept = Self.usual.filter { !replaced.contains($0.0) }
        let lines = [start] + (kept + fields).map { "\($0.0): \($0.1)" }
        var parser = HTTPRequestParser()
        let step = try parser.parse(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
        let head = try #require(step.event.head)
        let handshake = ServerHandshake(subprotocols: ["alert-hub.v1"], origins: origins, sha1: Self.sha1)
        return try handshake.accept(head, isSecure: isSecure)
    }

    @Test("The example of section 1.3 is accepted with its value")
    func example() throws {
        let acceptance = try accept()
        #expect(acceptance.acceptance == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(acceptance.subprotocol == nil && acceptance.bearerToken == nil)
        var bytes: [UInt8] = []
        acceptance.response.encodeHead(into: &bytes, bodyLength: nil, date: nil, keepsAlive: true)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
    }

    @Test("Tokens are found in lists, over several lines, in any case")
    func tokenLists() throws {
        _ = try accept(
            replacing: ["Upgrade", "Connection"],
            with: [("Connection", "keep-alive , uPgRaDe"), ("Upgrade", "h2c"), ("Upgrade", "WebSocket")])
        #expect(throws: UpgradeRefusal.noConnectionUpgrade) {
            try accept(replacing: ["Connection"], with: [("Connection", "upgrades")])
        }
        #expect(throws: UpgradeRefusal.noUpgrade) {
            try accept(replacing: ["Upgrade"], with: [("Upgrade", "websocket2")])
        }
    }

    @Test("Each missing or wrong part is refused with its own reason")
    func refusals() {
        #expect(throws: UpgradeRefusal.notGET) { try accept("HEAD /ws HTTP/1.1") }
        #expect(throws: UpgradeRefusal.notGET) { try accept("POST /ws HTTP/1.1", with: [("Content-Length", "0")]) }
        #expect(throws: UpgradeRefusal.notHTTP11) { try accept("GET /ws HTTP/1.0") }
        #expect(throws: UpgradeRefusal.hasBody) { try accept(with: [("Content-Length", "5")], body: "hello") }
        #expect(throws: UpgradeRefusal.hasBody) {
            try accept(with: [("Transfer-Encoding", "chunked")], body: "0\r\n\r\n")
        }
        #expect(throws: UpgradeRefusal.noUpgrade) { try accept(replacing: ["Upgrade"]) }
        #expect(throws: UpgradeRefusal.noConnectionUpgrade) { try accept(replacing: ["Connection"]) }
        for version in ["12", "8", "013", "13, 8", "", "+13"] {
            #expect(throws: UpgradeRefusal.unsupportedVersion) {
                try accept(replacing: ["Sec-WebSocket-Version"], with: [("Sec-WebSocket-Version", version)])
            }
        }
        #expect(throws: UpgradeRefusal.unsupportedVersion) { try accept(replacing: ["Sec-WebSocket-Version"]) }
        #expect(throws: UpgradeRefusal.unsupportedVersion) { try accept(with: [("Sec-WebSocket-Version", "13")]) }
    }

    @Test("The key is base64 of exactly 16 bytes, once")
    func keys() {
        for key in [
            "", "short", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQA=",
            "dGhlIHNhbXBsZSBub25jZQAA", "dGhlIHNhbXBsZSBub25j_Q==", "dGhlIHNhbXBsZSBub25j=Q==", "ZA==",
            "dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ==", "dGhlIHNhbXBsZSBub25jé==",
        ] {
            #expect(throws: UpgradeRefusal.badKey) {
                try accept(replacing: ["Sec-WebSocket-Key"], with: [("Sec-WebSocket-Key", key)])
            }
        }
        #expect(throws: UpgradeRefusal.badKey) { try accept(replacing: ["Sec-WebSocket-Key"]) }
        #expect(throws: UpgradeRefusal.badKey) { try accept(with: [("Sec-WebSocket-Key", Self.key)]) }
    }

    @Test("Refusals say what would be right, and 426 names the version")
    func refusalResponses() {
        #expect(UpgradeRefusal.unsupportedVersion.response.status == .upgradeRequired)
        #expect(UpgradeRefusal.unsupportedVersion.response.fields["Sec-WebSocket-Version"] == "13")
        #expect(UpgradeRefusal.noUpgrade.response.fields["Upgrade"] == "websocket")
        #expect(UpgradeRefusal.notGET.response.fields["Allow"] == "GET")
        #expect(UpgradeRefusal.badKey.response.status == .badRequest)
        #expect(UpgradeRefusal.foreignOrigin.response.status == .forbidden)
    }

    @Test("The first supported subprotocol is echoed; the token is taken out and never echoed")
    func subprotocols() throws {
        let both = try accept(with: [
            ("Sec-WebSocket-Protocol", "other, bearer.a.b-c_d"), ("Sec-WebSocket-Protocol", "alert-hub.v1"),
        ])
        #expect(both.subprotocol == "alert-hub.v1")
        #expect(both.bearerToken == "a.b-c_d")
        #expect(both.response.fields.all("Sec-WebSocket-Protocol") == ["alert-hub.v1"])
        let none = try accept(with: [("Sec-WebSocket-Protocol", "other, bearer.x")])
        #expect(none.subprotocol == nil && none.response.fields["Sec-WebSocket-Protocol"] == nil)
        for offer in ["a, a", "a b", "bearer.", "bearer.x, bearer.y", "\"alert-hub.v1\"", "é"] {
            #expect(throws: UpgradeRefusal.badSubprotocols, "\(offer)") {
                try accept(with: [("Sec-WebSocket-Protocol", offer)])
            }
        }
    }

    @Test(
        """
        An origin is admitted by scheme, host and port together, null never (CVE-2020-28481, CVE-2022-42975, phoenix#2770, \
        CVE-2026-34157, NATS 0f2ddacec)
        """)
    func origins() throws {
        let policy = OriginPolicy(admitted: [try #require(Origin("https://board.clinic.example"))])
        func isAdmitted(_ origin: String, isSecure: Bool = false) -> Bool {
            (try? accept(with: [("Origin", origin)], origins: policy, isSecure: isSecure)) != nil
        }
        #expect(isAdmitted("https://board.clinic.example"))
        #expect(isAdmitted("HTTPS://Board.Clinic.Example:443"))
        #expect(isAdmitted("http://hub.example:8080"))
        #expect(isAdmitted("https://hub.example:8080", isSecure: true))
        for origin in [
            "null", "", "*", "file://", "http://board.clinic.example", "https://board.clinic.example:8443",
            "https://board.clinic.example.evil.example", "https://evil-board.clinic.example",
            "https://board.clinic.example@evil.example", "https://board.clinic.example/", "https://hub.example:8080",
            "http://hub.example", "ws://hub.example:8080", "http://hub.example:8080:1", "http://hub.example:",
            "http://hub.example:0", "http://hub.example:99999", "http://hub.example:+8080", "http://[::1", "http://[]",
        ] {
            #expect(!isAdmitted(origin), "\(origin)")
        }
        #expect(throws: UpgradeRefusal.foreignOrigin) {
            try accept(
                with: [("Origin", "http://hub.example:8080"), ("Origin", "http://hub.example:8080")], origins: policy)
        }
    }

    @Test("A client without an origin needs a token where the policy says so")
    func withoutOrigin() throws {
        let strict = OriginPolicy(withoutOrigin: .needsBearer)
        #expect(throws: UpgradeRefusal.foreignOrigin) { try accept(origins: strict) }
        _ = try accept(with: [("Authorization", "Bearer abc")], origins: strict)
        _ = try accept(with: [("Sec-WebSocket-Protocol", "alert-hub.v1, bearer.abc")], origins: strict)
        _ = try accept()
        _ = try accept(with: [("Origin", "null")], origins: OriginPolicy(admitsAll: true))
    }

    @Test("The client's request is accepted by the server, and the answer by the client")
    func bothSides() throws {
        let client = ClientHandshake(
            nonce: Array("the sample nonce".utf8), subprotocols: ["alert-hub.v1", "bearer.abc"])
        let bytes = client.request(target: "/ws", host: "127.0.0.1:8080", fields: ["Origin": "http://127.0.0.1:8080"])
        var parser = HTTPRequestParser()
        let head = try #require(try parser.parse(bytes).event.head)
        #expect(head.path == "/ws")
        let handshake = ServerHandshake(subprotocols: ["alert-hub.v1"], sha1: Self.sha1)
        let acceptance = try handshake.accept(head, isSecure: false)
        #expect(acceptance.bearerToken == "abc")
        #expect(try client.check(acceptance.response, sha1: Self.sha1) == "alert-hub.v1")
    }

    @Test("The client refuses an answer that is not its own")
    func clientChecks() throws {
        let client = ClientHandshake(nonce: Array("the sample nonce".utf8), subprotocols: ["a"])
        let good: HTTPFields = [
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        ]
        func check(_ name: String, _ value: String) throws -> String? {
            var fields = good
            fields.set(name, value)
            return try client.check(HTTPResponse(.switchingProtocols, fields: fields), sha1: Self.sha1)
        }
        #expect(throws: ClientHandshake.Failure.refused(.forbidden)) {
            try client.check(HTTPResponse(.forbidden), sha1: Self.sha1)
        }
        #expect(throws: ClientHandshake.Failure.notUpgraded) { try check("Upgrade", "h2c") }
        #expect(throws: ClientHandshake.Failure.notUpgraded) { try check("Connection", "close") }
        #expect(throws: ClientHandshake.Failure.wrongAcceptance) { try check("Sec-WebSocket-Accept", "AAAA") }
        #expect(throws: ClientHandshake.Failure.unknownSubprotocol) { try check("Sec-WebSocket-Protocol", "b") }
        #expect(throws: ClientHandshake.Failure.unknownExtension) { try check("Sec-WebSocket-Extensions", "x") }
        #expect(try check("Sec-WebSocket-Protocol", "a") == "a")
    }

    @Test("Base64 matches the vectors of RFC 4648 section 10")
    func base64() {
        for (plain, encoded) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            #expect(HandshakeKey.base64(Array(plain.utf8)) == encoded)
        }
    }
}

extension HTTPRequestParser.Event {
    fileprivate var head: HTTPRequestHead? {
        switch self {
        case .request(let request): request.head
        case .expectsContinue(let head), .head(let head): head
        case .needsInput, .body: nil
        }
    }
}
