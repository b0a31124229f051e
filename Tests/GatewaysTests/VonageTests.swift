import Clinic
import Cryptography
import Gateways
import Outbound
import TestSupport
import Testing
import Wire

@Suite("Vonage")
struct VonageTests {
    /// From the tests of Vonage's own Python SDK.
    private static let secret = "qwertyuiopasdfghjklzxcvbnm123456"
    private static let sdkToken =
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJPbmxpbmUgSldUIEJ1aWxkZXIiLCJpYXQiOjE2OTc2MzQ2ODAsImV4cCI6MzMyNTQ1NDA4MjgsImF1ZCI6IiIsInN1YiI6IiJ9.88vJc3I2HhuqEDixHXVhc9R30tA6U_HQHZTC29y6CGM"
    private static let seconds: Int64 = 1_795_169_730

    private static func key(_ secret: String = secret) throws -> HS256Key { try HS256Key(ofPeer: Array(secret.utf8)) }

    private func gateway(
        _ credentials: VonageConfiguration.Credentials = .basic(key: "abc", secret: "s3cret")
    ) throws -> VonageGateway {
        VonageGateway(
            VonageConfiguration(
                credentials: credentials, signatureSecret: try Self.key(), from: "15005550006",
                statusCallback: "https://hub.example/gateways/vonage/status"))
    }

    private func callback(
        _ body: String, token: String? = nil, signedBody: String? = nil, secret: String = secret,
        issuedAt: Int64 = seconds
    ) throws -> GatewayCallback {
        let token =
            try token
            ?? VonageSignature.token(
                body: Array((signedBody ?? body).utf8), issuedAt: issuedAt, id: "j1", key: Self.key(secret))
        return GatewayCallback(
            target: "/gateways/vonage/status", fields: ["Authorization": "Bearer \(token)"], body: Array(body.utf8))
    }

    private func status(_ word: String, error: String = "") -> String {
        #"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab","to":"15005550101","from":"15005550006","timestamp":"2026-11-20T10:15:30Z","status":"\#(word)","client_ref":"\#(Twilio.attemptID)"\#(error),"channel":"sms"}"#
    }

    @Test("The request is the documented one")
    func request() throws {
        let request = try gateway().request(for: Twilio.attempt())
        #expect(request.url == "https://api.nexmo.com/v1/messages")
        #expect(request.headers.contains(HeaderField("Authorization", "Basic YWJjOnMzY3JldA==")))
        let json = try JSONReader.readObject(request.body)
        #expect(try json.string("channel") == "sms" && json.string("message_type") == "text")
        #expect(try json.string("to") == "15005550101")
        #expect(try json.string("from") == "15005550006")
        #expect(try json.integer("ttl") == 120)
        #expect(try json.string("client_ref") == "\(Twilio.attemptID)")
        #expect(try json.string("webhook_url") == "https://hub.example/gateways/vonage/status")
    }

    @Test("An application signs a token for each request")
    func application() throws {
        let key = try #require(PrivateKey(pem: Array(RSAKey.pem.utf8)))
        let request = try gateway(.application(id: "app-1", key: key)).request(for: Twilio.attempt())
        let field = try #require(request.headers.first { $0.name == "Authorization" })
        let jws = try #require(JWS.split(field.value.dropFirst("Bearer ".count)))
        #expect(jws.isSigned(by: key.publicKey))
        let claims = try JSONReader.readObject(jws.payload)
        #expect(try claims.string("application_id") == "app-1")
        #expect(try claims.integer("iat") == Self.seconds)
        #expect(try claims.integer("exp") == Self.seconds + 300)
    }

    @Test("Answers are classified")
    func answers() throws {
        func error(_ code: Int) -> String {
            #"{"type":"https://developer.vonage.com/api-errors/messages#\#(code)","title":"x"}"#
        }
        let cases: [(Int, String, SubmitOutcome)] = [
            (202, #"{"message_uuid":"u1"}"#, .accepted(providerID: "u1")), (202, "", .unknown(code: "noID")),
            (422, error(1170), .rejected(DeliveryError(.permanentAddress, code: "1170"))),
            (422, error(1020), .rejected(DeliveryError(.permanentContent, code: "1020"))),
            (402, error(1290), .rejected(DeliveryError(.configuration, code: "1290"))),
            (401, "{}", .rejected(DeliveryError(.configuration, code: "http401"))),
            (429, error(1000), .rejected(DeliveryError(.rateLimited(retryAfter: nil), code: "1000"))),
            (503, "", .unknown(code: "http503")),
        ]
        for (status, body, outcome) in cases {
            let response = OutboundResponse(status: status, body: Array(body.utf8))
            #expect(try gateway().outcome(of: .response(response)) == outcome, "\(status) \(body)")
        }
    }

    @Test("The SDK's token is signed by its secret, but says nothing of a body: it is no webhook of ours")
    func sdkVector() throws {
        let jws = try #require(JWS.split(Self.sdkToken))
        #expect(try jws.isSignedHS256(by: Self.key()))
        #expect(try !jws.isSignedHS256(by: Self.key("asdfasdfasdfasdf")))
        #expect(throws: CallbackRefusal.forged) {
            try gateway().open(try callback(status("delivered"), token: Self.sdkToken))
        }
    }

    @Test("A signed webhook names its attempt; each word has its state")
    func states() throws {
        let words: [(String, DeliveryState?)] = [
            ("submitted", .sent), ("delivered", .delivered), ("read", .read), ("rejected", .failed),
            ("undeliverable", .undelivered), ("beamed", nil),
        ]
        for (word, state) in words {
            let event = try gateway().open(try callback(status(word))).events.first
            #expect(event?.state == state, "\(word)")
            guard let event else { continue }
            #expect(event.attempt == Twilio.attemptID)
            #expect(event.key == "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab:\(word)")
        }
        let error = #","error":{"type":"https://developer.vonage.com/api-errors/messages#1280","title":"1280"}"#
        #expect(
            try gateway().open(try callback(status("rejected", error: error))).events.first?.error
                == DeliveryError(.permanentAddress, code: "1280"))
    }

    @Test("Every forged variant is refused: another secret, body, algorithm, scheme, or none")
    func forged() throws {
        let body = status("delivered")
        let genuine = try #require(callback(body).fields["Authorization"])
        let none = Base64.encodeURL(Array(#"{"alg":"none"}"#.utf8))
        let parts = genuine.dropFirst(7).split(separator: ".")
        var forgeries = try [
            callback(body, secret: "another secret of 32 bytes, long"), callback(body, signedBody: body + " "),
            callback(body, token: ""), callback(body, token: "a.b.c"),
            callback(body, token: "\(none).\(parts[1]).AAAA"),
            GatewayCallback(target: "/x", fields: [:], body: Array(body.utf8)),
            GatewayCallback(target: "/x", fields: ["Authorization": "Basic \(parts.joined())"], body: Array(body.utf8)),
            GatewayCallback(
                target: "/x", fields: ["Authorization": genuine, "authorization": genuine], body: Array(body.utf8)),
        ]
        // The right secret under another algorithm's name.
        let renamed = JWS.signHS256(
            header: Array(#"{"alg":"HS512"}"#.utf8), payload: try #require(Base64.decodeURL(parts[1])),
            key: try Self.key())
        forgeries.append(try callback(body, token: renamed))
        for forgery in forgeries { #expect(throws: CallbackRefusal.forged) { try gateway().open(forgery) } }
        for seconds in [Self.seconds - 301, Self.seconds + 301] {
            #expect(throws: CallbackRefusal.stale) { try gateway().open(try callback(body, issuedAt: seconds)) }
        }
    }

    @Test("A reply comes with its number in E.164")
    func inbound() throws {
        let body =
            #"{"channel":"sms","message_uuid":"u2","to":"15005550006","from":"15005550101","timestamp":"2026-11-20T10:15:30Z","text":"STOP","message_type":"text"}"#
        let text = try #require(gateway().open(try callback(body)).texts.first)
        #expect(text.from.e164 == "+15005550101")
        #expect(text.keyword == .stop)
        #expect(text.key == "u2")
    }
}
