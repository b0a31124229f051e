import Clinic
import Gateways
import Outbound
import Testing
import Wire

@Suite("Webhook")
struct WebhookTests {
    private static let seconds: Int64 = 1_795_169_730

    private static func secret() throws -> WebhookSecret {
        try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    }

    private func gateway() throws -> WebhookGateway {
        WebhookGateway(
            WebhookGateway.Configuration(
                secret: try Self.secret(), statusCallback: "https://hub.example/gateways/webhook/status"))
    }

    private func attempt() throws -> GatewayAttempt {
        let text = try Twilio.attempt()
        return GatewayAttempt(
            id: text.id, message: text.message, to: .webhook("https://pager.example.org/in"), text: text.text,
            code: text.code, urgency: text.urgency, at: text.at)
    }

    @Test("The specification's example")
    func specification() throws {
        let signature = WebhookSignature.sign(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8),
            secret: try Self.secret())
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("The request is signed, timed, never for private networks, and repeats the message's id")
    func request() throws {
        let request = try gateway().request(for: attempt())
        #expect(request.url == "https://pager.example.org/in")
        #expect(!request.admitsPrivatePeers)
        var fields = HTTPFields()
        for header in request.headers { fields.append(header.name, header.value) }
        #expect(fields["webhook-id"] == "msg_\(try attempt().message)")
        #expect(fields["webhook-timestamp"] == "\(Self.seconds)")
        let taken = GatewayCallback(target: "/in", fields: fields, body: request.body)
        try WebhookSignature.verify(taken, secret: Self.secret())
        let data = try JSONReader.readObject(request.body).object("data")
        #expect(data.members.map(\.name) == ["attempt", "code", "urgency", "text", "receipt"])
        #expect(
            try data.string("receipt") == "https://hub.example/gateways/webhook/status?attempt=\(Twilio.attemptID)")
    }

    @Test("Answers are classified")
    func answers() throws {
        let cases: [(Int, SubmitOutcome)] = [
            (200, .accepted(providerID: "http200")), (204, .accepted(providerID: "http204")),
            (410, .rejected(DeliveryError(.optedOut, code: "http410"))),
            (404, .rejected(DeliveryError(.permanentAddress, code: "http404"))),
            (429, .rejected(DeliveryError(.rateLimited(retryAfter: .seconds(9)), code: "http429"))),
            (301, .unknown(code: "http301")), (500, .unknown(code: "http500")),
        ]
        for (status, outcome) in cases {
            let response = OutboundResponse(status: status, headers: [HeaderField("Retry-After", "9")])
            #expect(try gateway().outcome(of: .response(response)) == outcome)
        }
    }

    private static func body(_ state: String, _ attempt: AttemptID = Twilio.attemptID) -> String {
        #"{"attempt":"\#(attempt)","state":"\#(state)"}"#
    }

    private func receipt(
        _ body: String = body("DELIVERED"), signature: String? = nil, id: String = "r1",
        seconds: Int64 = seconds, target: String = "/gateways/webhook/status?attempt=\(Twilio.attemptID)"
    ) throws -> GatewayCallback {
        let good = WebhookSignature.sign(id: id, timestamp: seconds, body: Array(body.utf8), secret: try Self.secret())
        return GatewayCallback(
            target: target,
            fields: [
                "Webhook-Id": "r1", "Webhook-Timestamp": "\(seconds)", "Webhook-Signature": signature ?? good,
            ], body: Array(body.utf8))
    }

    @Test("The weekly test says what it is, so that nobody's pager rings")
    func silent() throws {
        let page = try attempt()
        let test = GatewayAttempt(
            id: page.id, message: page.message, to: page.to, text: page.text, code: nil, urgency: .low, at: page.at,
            isSilent: true)
        #expect(try JSONReader.readObject(gateway().request(for: test).body).string("type") == "contact.test")
        #expect(try JSONReader.readObject(gateway().request(for: page).body).string("type") == "alert.page")
    }

    @Test("A receiver's signed receipt counts; while secrets are rotated one of the signatures is enough")
    func receipts() throws {
        let gateway = try gateway()
        #expect(try gateway.open(receipt()).events.map(\.state) == [.delivered])
        #expect(try gateway.open(receipt(Self.body("READ"))).events.map(\.state) == [.read])
        #expect(try gateway.open(receipt(Self.body("FAILED"))).events.map(\.state) == [.undelivered])
        #expect(try gateway.open(receipt(Self.body("ELSE"))).events.isEmpty)
        let good = try #require(receipt().fields["Webhook-Signature"])
        #expect(try gateway.open(receipt(signature: "v1,AAAA v1a,BBBB \(good)")).events.count == 1)
    }

    @Test("Every forged variant is refused, and a genuine one of another time")
    func forged() throws {
        let gateway = try gateway()
        let good = try #require(receipt().fields["Webhook-Signature"])
        let genuine = try receipt()
        for forgery in try [
            receipt(signature: ""), receipt(signature: "v1,"), receipt(signature: String(good.dropFirst(3))),
            receipt(signature: "v2," + good.dropFirst(3)), receipt(signature: good + "A"), receipt(id: "r2"),
            GatewayCallback(target: genuine.target, fields: genuine.fields, body: genuine.body + [0x20]),
            GatewayCallback(target: genuine.target, fields: [:], body: genuine.body),
        ] {
            #expect(throws: CallbackRefusal.forged) { try gateway.open(forgery) }
        }
        for seconds in [Self.seconds - 301, Self.seconds + 301] {
            #expect(throws: CallbackRefusal.stale) { try gateway.open(receipt(seconds: seconds)) }
        }
        // What is signed names the attempt: a genuine receipt does not count at another one's URL.
        let other = Self.body("DELIVERED", AttemptID(high: 9, low: 9))
        #expect(throws: CallbackRefusal.malformed) { try gateway.open(receipt(other)) }
        #expect(throws: CallbackRefusal.malformed) { try gateway.open(receipt(#"{"state":"DELIVERED"}"#)) }
        #expect(try gateway.open(receipt(target: "/gateways/webhook/status")).events.count == 1)
        #expect(throws: CallbackRefusal.malformed) { try gateway.open(receipt("{}")) }
    }

    @Test(
        "A secret has its prefix and 24 to 64 bytes, and does not print",
        arguments: [
            "", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_" + String(repeating: "A", count: 88),
        ])
    func secrets(text: String) throws {
        #expect(WebhookSecret(text) == nil)
        #expect(try !"\(Self.secret()) \(String(reflecting: Self.secret()))".contains("MfKQ"))
    }
}
