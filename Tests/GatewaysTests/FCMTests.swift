import Clinic
import Cryptography
import Gateways
import Outbound
import Platform
import TestSupport
import Testing
import Wire

@Suite("FCM", .timeLimit(.minutes(1)))
struct FCMTests {
    private static let address = ContactAddress.pushToken("device-token-0123456789")

    private static func account(tokenURL: String = "https://oauth2.googleapis.com/token") throws -> ServiceAccount {
        ServiceAccount(
            projectID: "clinic-1", clientEmail: "hub@clinic-1.iam.gserviceaccount.com", keyID: "k1",
            key: try #require(PrivateKey(pem: Array(RSAKey.pem.utf8))), tokenURL: tokenURL)
    }

    private static func gateway(port: UInt16 = 1) throws -> FCMGateway {
        FCMGateway(
            FCMGateway.Configuration(
                account: try account(tokenURL: "http://127.0.0.1:\(port)/token"), baseURL: "http://127.0.0.1:\(port)",
                statusCallback: "https://hub.example/gateways/fcm/status"))
    }

    private static func attempt(_ urgency: UrgencyLevel = .critical) throws -> GatewayAttempt {
        let text = try Twilio.attempt(urgency: urgency)
        return GatewayAttempt(
            id: text.id, message: text.message, to: address, text: text.text, code: text.code, urgency: urgency,
            at: text.at)
    }

    @Test("The message is the documented one: loud by urgency, short-lived, replaceable, and without an alert's facts")
    func message() throws {
        let request = try Self.gateway().request(for: Self.attempt(), token: "ya29.x")
        #expect(request.url == "http://127.0.0.1:1/v1/projects/clinic-1/messages:send")
        #expect(request.headers.contains(HeaderField("Authorization", "Bearer ya29.x")))
        let message = try JSONReader.readObject(request.body).object("message")
        #expect(try message.string("token") == "device-token-0123456789")
        #expect(try message.object("android").string("priority") == "HIGH")
        #expect(try message.object("android").string("ttl") == "120s")
        let headers = try message.object("apns").object("headers")
        #expect(try headers.string("apns-priority") == "10" && headers.string("apns-push-type") == "alert")
        #expect(try headers.string("apns-expiration") == "1795169850")
        let aps = try message.object("apns").object("payload").object("aps")
        #expect(try aps.object("sound").integer("critical") == 1)
        #expect(try aps.string("interruption-level") == "critical")
        #expect(try message.object("data").members.map(\.name) == ["code", "urgency", "text", "receipt"])
        #expect(try message.object("data").members.allSatisfy { $0.value.stringValue != nil })
        #expect(request.body.count < 4_096)
        let low = try JSONReader.readObject(Self.gateway().request(for: Self.attempt(.low), token: "t").body)
        #expect(try low.object("message").object("android").string("priority") == "NORMAL")
        #expect(try low.object("message").object("apns").object("payload").object("aps")["sound"] == nil)
    }

    @Test("The weekly test arrives unnoticed: no alert, no sound, no loudness; its app reports it all the same")
    func silent() throws {
        let page = try Self.attempt(.low)
        let test = GatewayAttempt(
            id: page.id, message: page.message, to: page.to, text: page.text, code: nil, urgency: .low, at: page.at,
            isSilent: true)
        let message = try JSONReader.readObject(Self.gateway().request(for: test, token: "t").body).object("message")
        let apns = try message.object("apns")
        #expect(try apns.object("payload").object("aps").members.map(\.name) == ["content-available"])
        #expect(try apns.object("headers").string("apns-push-type") == "background")
        #expect(try apns.object("headers").string("apns-priority") == "5")
        #expect(try message.object("android").string("priority") == "NORMAL")
        #expect(message["notification"] == nil && message["android"]?["notification"] == nil)
        #expect(try message.object("data").string("silent") == "true")
        #expect(try message.object("data").string("receipt").contains("tag="))
    }

    @Test("Errors are classified by FCM's own code")
    func errors() throws {
        func error(_ code: String) -> String {
            #"{"error":{"code":400,"status":"X","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest"},{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"\#(code)"}]}}"#
        }
        let cases: [(Int, String, SubmitOutcome)] = [
            (
                200, #"{"name":"projects/clinic-1/messages/0:1"}"#,
                .accepted(providerID: "projects/clinic-1/messages/0:1")
            ),
            (200, "{}", .unknown(code: "noName")),
            (404, error("UNREGISTERED"), .rejected(DeliveryError(.permanentAddress, code: "UNREGISTERED"))),
            (400, error("INVALID_ARGUMENT"), .rejected(DeliveryError(.permanentAddress, code: "INVALID_ARGUMENT"))),
            (403, error("SENDER_ID_MISMATCH"), .rejected(DeliveryError(.configuration, code: "SENDER_ID_MISMATCH"))),
            (
                401, error("THIRD_PARTY_AUTH_ERROR"),
                .rejected(DeliveryError(.configuration, code: "THIRD_PARTY_AUTH_ERROR"))
            ),
            (
                429, error("QUOTA_EXCEEDED"),
                .rejected(DeliveryError(.rateLimited(retryAfter: .seconds(60)), code: "QUOTA_EXCEEDED"))
            ),
            (
                503, error("UNAVAILABLE"),
                .rejected(DeliveryError(.rateLimited(retryAfter: .seconds(10)), code: "UNAVAILABLE"))
            ),
            (500, error("INTERNAL"), .unknown(code: "INTERNAL")), (502, "", .unknown(code: "http502")),
            (400, "{}", .rejected(DeliveryError(.permanentContent, code: "http400"))),
        ]
        for (status, body, outcome) in cases {
            let response = OutboundResponse(status: status, body: Array(body.utf8))
            #expect(try Self.gateway().outcome(of: .response(response)) == outcome, "\(status) \(body)")
        }
    }

    @Test("A receipt counts with its own tag alone")
    func receipts() throws {
        let gateway = try Self.gateway()
        let url = gateway.receiptURL(of: Twilio.attemptID)
        #expect(url.hasPrefix("https://hub.example/gateways/fcm/status?attempt=\(Twilio.attemptID)&tag="))
        let target = String(url.dropFirst("https://hub.example".count))
        func open(_ target: String, _ body: String = "") throws(CallbackRefusal) -> [GatewayEvent] {
            try gateway.open(GatewayCallback(target: target, fields: [:], body: Array(body.utf8))).events
        }
        #expect(try open(target).map(\.state) == [.delivered])
        #expect(try open(target, #"{"state":"READ"}"#).map(\.state) == [.read])
        #expect(try open(target, #"{"state":"FAILED"}"#).isEmpty)
        #expect(try open(target).first?.key == open(target).first?.key)
        // Another hub with the same account believes it too.
        #expect(
            try Self.gateway(port: 2).open(GatewayCallback(target: target, fields: [:], body: [])).events.count == 1)
        let other = "\(AttemptID(high: 9, low: 9))"
        for forgery in [
            target.replacing("\(Twilio.attemptID)", with: other), String(target.dropLast()), target + "A",
            "/gateways/fcm/status?attempt=\(Twilio.attemptID)", "/gateways/fcm/status",
            target.replacing("tag=", with: "tag=%41"),
        ] {
            #expect(throws: CallbackRefusal.forged, "\(forgery)") { try open(forgery) }
        }
        #expect(throws: CallbackRefusal.malformed) { try open(target, "x") }
    }

    @Test("A service account is read from Google's file, and refused where something is missing")
    func serviceAccount() throws {
        let pem = RSAKey.pem.split(separator: "\n").joined(separator: #"\n"#) + #"\n"#
        let file =
            #"{"type":"service_account","project_id":"clinic-1","private_key_id":"k1","private_key":"\#(pem)","client_email":"a@b","token_uri":"https://oauth2.googleapis.com/token","extra":1}"#
        let account = try #require(ServiceAccount(json: Array(file.utf8)))
        #expect(account.projectID == "clinic-1" && account.keyID == "k1")
        for change in ["project_id", "private_key", "client_email", "token_uri", "type", "private_key_id"] {
            #expect(ServiceAccount(json: Array(file.replacing("\"\(change)\"", with: "\"x\"").utf8)) == nil)
        }
        #expect(ServiceAccount(json: []) == nil)
        #expect(!"\(account)".contains("BEGIN"))
    }

    /// Google, as far as FCM goes: gives out tokens `t1`, `t2`, … and refuses those that were taken back.
    private final class Google {
        let port: UInt16
        var tokens = 0
        var firstGood = 1
        var assertions: [String] = []
        var messages = 0
        private let server: LoopServer

        init(_ reactor: Reactor) throws {
            var handle: (HTTPRequest) -> HTTPResponse = { _ in HTTPResponse(.notFound) }
            server = try LoopServer(reactor) { handle($0) }
            port = server.port
            handle = { [unowned self] request in answer(request) }
        }

        func end() async { await server.end() }

        private func answer(_ request: HTTPRequest) -> HTTPResponse {
            if request.head.path == "/token" {
                tokens += 1
                assertions.append(URLEncodedForm(request.body)?["assertion"] ?? "")
                return .json(
                    .ok, Array(#"{"access_token":"t\#(tokens)","expires_in":3599,"token_type":"Bearer"}"#.utf8))
            }
            let number = request.head.credentials(scheme: "Bearer").flatMap { Int($0.dropFirst()) } ?? 0
            guard number >= firstGood else {
                return .json(.unauthorized, Array(#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#.utf8))
            }
            messages += 1
            return .json(.ok, Array(#"{"name":"projects/clinic-1/messages/\#(messages)"}"#.utf8))
        }
    }

    @Test("Twenty messages at once ask for one token; a refused one is asked for anew, once")
    func singleFlight() async throws {
        try await onLoop { reactor in
            let google = try Google(reactor)
            let client = try OutboundClient(reactor: reactor)
            let gateway = try Self.gateway(port: google.port)
            let attempt = try Self.attempt()
            var accepted = 0
            var ended = 0
            for _ in 0..<20 {
                reactor.spawn {
                    let outcome = await gateway.submit(attempt, through: client, deadline: .seconds(5))
                    if case .accepted = outcome { accepted += 1 }
                    ended += 1
                }
            }
            let deadline = MonotonicTime.now().advanced(by: .seconds(30))
            while ended < 20, MonotonicTime.now() < deadline { await reactor.sleep(for: .milliseconds(2)) }
            #expect(accepted == 20)
            #expect(google.tokens == 1)
            google.firstGood = 2
            guard case .accepted = await gateway.submit(attempt, through: client, deadline: .seconds(5)) else {
                Issue.record("not accepted with the new token")
                return
            }
            #expect(google.tokens == 2)
            google.firstGood = 100
            let refused = await gateway.submit(attempt, through: client, deadline: .seconds(5))
            #expect(refused == .rejected(DeliveryError(.configuration, code: "http401")))
            #expect(google.tokens == 3)
            let assertion = try #require(google.assertions.first.flatMap { JWS.split($0) })
            #expect(assertion.isSigned(by: try Self.account().key.publicKey))
            let claims = try JSONReader.readObject(assertion.payload)
            #expect(try claims.string("scope") == "https://www.googleapis.com/auth/firebase.messaging")
            #expect(try claims.string("aud") == "http://127.0.0.1:\(google.port)/token")
            #expect(try claims.integer("exp") - claims.integer("iat") == 3_600)
            await google.end()
            client.close()
        }
    }
}
