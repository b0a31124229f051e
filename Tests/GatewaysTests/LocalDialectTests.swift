import Clinic
import Cryptography
import Gateways
import Outbound
import Platform
import TestSupport
import Testing
import Transport
import Wire

/// The hub's gateways against the local one, over real HTTP: each hands over, is answered, and believes what comes back.
@Suite("Local gateway: the other dialects", .timeLimit(.minutes(1)))
struct LocalDialectTests {
    private static let token = Twilio.token

    /// A local gateway, a hub's callback paths, and one of the hub's gateways between them.
    private final class Bench {
        let reactor: Reactor
        let client: OutboundClient
        let local: LocalGateway
        let gateway: any Gateway
        private(set) var contents: [CallbackContent] = []
        private(set) var refusals: [CallbackRefusal] = []
        let port: UInt16
        let hubPort: UInt16
        private let servers: [HTTPServer]
        private let handlers: [Handler]

        init(_ reactor: Reactor, _ name: String) throws {
            self.reactor = reactor
            client = try OutboundClient(reactor: reactor)
            var configuration = LocalGatewayConfiguration(authToken: LocalDialectTests.token)
            configuration.firstCallbackAfter = .milliseconds(5)
            configuration.secondCallbackAfter = .milliseconds(20)
            configuration.lateBy = .milliseconds(50)
            let local = LocalGateway(reactor: reactor, client: client, configuration: configuration)
            self.local = local
            handlers = [Handler(), Handler()]
            servers = handlers.map { HTTPServer(reactor: reactor, handler: $0) }
            let loopback = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            port = try servers[0].listen(on: loopback).port
            hubPort = try servers[1].listen(on: loopback).port
            gateway = try LocalDialectTests.gateway(
                name, base: "http://127.0.0.1:\(port)", hub: "http://127.0.0.1:\(hubPort)/gateways/\(name)",
                configuration)
            handlers[0].answer = { request, exchange in
                reactor.spawn { exchange.respond(await local.handle(request)) }
            }
            handlers[1].answer = { [unowned self] request, exchange in exchange.respond(take(request)) }
        }

        private func take(_ request: HTTPRequest) -> HTTPResponse {
            do {
                contents.append(
                    try gateway.open(
                        GatewayCallback(
                            target: request.head.rawTarget, fields: request.head.fields, body: request.body,
                            receivedAt: Timestamp(microseconds: WallTime.now().microseconds))))
                return HTTPResponse(.noContent)
            } catch {
                refusals.append(error)
                return HTTPResponse(.forbidden)
            }
        }

        var states: [DeliveryState] { contents.flatMap(\.events).map(\.state) }

        func send(to address: ContactAddress) async throws -> SubmitOutcome {
            let text = try Twilio.attempt()
            let attempt = GatewayAttempt(
                id: text.id, message: text.message, to: address, text: text.text, code: text.code,
                urgency: text.urgency, at: Timestamp(microseconds: WallTime.now().microseconds))
            return await gateway.submit(attempt, through: client, deadline: .seconds(5))
        }

        func request(_ method: OutboundRequest.Method, _ path: String, _ body: String = "") async throws
            -> OutboundResponse
        {
            let result = await client.perform(
                OutboundRequest(method, "http://127.0.0.1:\(port)\(path)", body: Array(body.utf8)),
                deadline: .seconds(5))
            guard case .response(let response) = result else { throw Twilio.NotANumber() }
            return response
        }

        func settle() async {
            let deadline = MonotonicTime.now().advanced(by: .seconds(30))
            while local.pendingCallbacks > 0, MonotonicTime.now() < deadline {
                await reactor.sleep(for: .milliseconds(2))
            }
        }

        func end() async {
            for server in servers {
                server.stopAccepting()
                await server.drain(deadline: .zero)
            }
            client.close()
        }
    }

    private final class Handler: RequestHandler {
        var answer: (HTTPRequest, Exchange) -> Void = { _, _ in }
        func handle(_ request: HTTPRequest, _ exchange: Exchange) { answer(request, exchange) }
    }

    private static func gateway(
        _ name: String, base: String, hub: String, _ local: LocalGatewayConfiguration
    ) throws -> any Gateway {
        let from = try Twilio.phone("+15005550006")
        switch name {
        case "twilio":
            return TwilioGateway(
                TwilioConfiguration(
                    accountSid: Twilio.account, authToken: token, sender: .number(from), baseURL: base,
                    statusCallback: "\(hub)/status", inboundCallback: "\(hub)/inbound"))
        case "telnyx":
            let key = try #require(Base64.decode(local.telnyxPublicKey).flatMap { PublicKey(ed25519: $0) })
            return TelnyxGateway(
                TelnyxConfiguration(
                    apiKey: token, publicKey: key, from: from, baseURL: base, statusCallback: "\(hub)/status"))
        case "vonage":
            return VonageGateway(
                VonageConfiguration(
                    credentials: .basic(key: "abc", secret: token),
                    signatureSecret: try HS256Key(ofPeer: Array(token.utf8)), from: "15005550006", baseURL: base,
                    statusCallback: "\(hub)/status"))
        case "sns":
            return SNSGateway(
                SNSConfiguration(region: "us-east-1", accessKeyID: "AK", secretAccessKey: "s", baseURL: base))
        case "fcm":
            let account = ServiceAccount(
                projectID: "clinic-1", clientEmail: "a@b", keyID: "k",
                key: try #require(PrivateKey(pem: Array(RSAKey.pem.utf8))), tokenURL: "\(base)/token")
            return FCMGateway(
                FCMGateway.Configuration(account: account, baseURL: base, statusCallback: "\(hub)/status"))
        default:
            return WebhookGateway(
                WebhookGateway.Configuration(
                    secret: try #require(WebhookSecret(local.webhookSecretText)), statusCallback: "\(hub)/status",
                    admitsPrivatePeers: true))
        }
    }

    private static func address(_ name: String, _ bench: Bench) throws -> ContactAddress {
        switch name {
        case "fcm": .pushToken("device-token-0123456789")
        case "webhook": .webhook("http://127.0.0.1:\(bench.port)/webhook")
        default: .phone(try Twilio.phone("+15005550101"))
        }
    }

    @Test(
        "A message is taken, and its delivery reported and believed where the vendor reports it",
        arguments: [
            ("twilio", [DeliveryState.sent, .delivered]), ("telnyx", [.sent, .delivered]),
            ("vonage", [.sent, .delivered]), ("sns", []), ("fcm", [.delivered]), ("webhook", [.delivered]),
        ])
    func delivered(name: String, states: [DeliveryState]) async throws {
        try await onLoop { reactor in
            let bench = try Bench(reactor, name)
            let outcome = try await bench.send(to: Self.address(name, bench))
            guard case .accepted = outcome else {
                Issue.record("\(outcome)")
                return await bench.end()
            }
            await bench.settle()
            #expect(bench.states == states)
            #expect(bench.contents.flatMap(\.events).allSatisfy { $0.attempt == Twilio.attemptID })
            #expect(bench.refusals.isEmpty)
            let log = try await JSONReader.readObject(bench.request(.get, "/log").body)
            #expect(try log.objects("messages").map { try $0.string("gateway") } == [name])
            await bench.end()
        }
    }

    @Test(
        "A script makes it fail, rule by rule, as often as it says",
        arguments: ["twilio", "telnyx", "vonage", "sns", "fcm"])
    func faults(name: String) async throws {
        try await onLoop { reactor in
            let bench = try Bench(reactor, name)
            let script = """
                {"rules": [{"behaviour": "rateLimited", "count": 1, "gateway": "\(name)"},
                           {"behaviour": "serverError", "count": 1}, {"behaviour": "optedOut", "count": 1},
                           {"behaviour": "rateLimited", "gateway": "none"}, {"behaviour": "serverError", "percent": 0}]}
                """
            #expect(try await bench.request(.put, "/faults", script).status == 204)
            var classes: [String] = []
            for _ in 0..<4 {
                switch try await bench.send(to: Self.address(name, bench)) {
                case .accepted: classes.append("accepted")
                case .unknown: classes.append("unknown")
                case .rejected(let error): classes.append(error.errorClass.name)
                }
            }
            // An app that is gone is FCM's way of opting out.
            let third = name == "fcm" ? "permanentAddress" : name == "vonage" ? "permanentAddress" : "optedOut"
            #expect(classes == ["rateLimited", "unknown", third, "accepted"])
            #expect(try await bench.request(.put, "/faults", #"{"rules":[{"behaviour":"sulks"}]}"#).status == 400)
            #expect(try await bench.request(.put, "/faults", #"{"rules":[{"colour":"red"}]}"#).status == 400)
            await bench.end()
        }
    }

    @Test("It sends replies on request, signed as the vendor signs", arguments: ["twilio", "telnyx", "vonage"])
    func replies(name: String) async throws {
        try await onLoop { reactor in
            let bench = try Bench(reactor, name)
            let url = "http://127.0.0.1:\(bench.hubPort)/gateways/\(name)/inbound"
            let body = #"{"gateway":"\#(name)","from":"+15005550101","text":"1 7Q0AB","url":"\#(url)"}"#
            let answer = try await bench.request(.post, "/inbound", body)
            #expect(try JSONReader.readObject(answer.body).string("answer") == "204")
            let text = try #require(bench.contents.flatMap(\.texts).first)
            #expect(text.from.e164 == "+15005550101" && text.text == "1 7Q0AB" && text.to.hasSuffix("15005550006"))
            #expect(bench.refusals.isEmpty)
            #expect(try await bench.request(.post, "/inbound", #"{"gateway":"sns"}"#).status == 400)
            await bench.end()
        }
    }

    @Test("Twilio's list is searched for the words and the code; the one-time link is another with each attempt")
    func reconciliationWithLink() throws {
        let brand = try #require(Brand("AlertHub"))
        let base = try #require(AnswerLinkBase(publicURL: "https://hub.example"))
        let gateway = TwilioGateway(try Twilio.configuration())
        for takesReplies in [true, false] {
            for template in [TextTemplate.page, .critical, .backup, .exhausted] {
                func attempt(_ code: UInt32, _ token: String) throws -> GatewayAttempt {
                    var values = TextValues(
                        brand: brand, urgency: .moderate, code: AlertCode(randomBits: code), answerWithin: .seconds(60))
                    values.takesReplies = takesReplies
                    values.link = base.link(try #require(AnswerToken(token)))
                    return GatewayAttempt(
                        id: Twilio.attemptID, message: MessageID(high: 3, low: 4),
                        to: .phone(try Twilio.phone("+15005550101")),
                        text: template.text(values), code: values.code, urgency: .moderate, at: Twilio.now)
                }
                let sent = try attempt(7, "abcdefghijklmnopqrstuv")
                #expect(sent.text.contains("https://"))
                var json = JSONWriter()
                json.object { json in
                    json.field(
                        "messages",
                        array: { json in
                            json.object { json in
                                json.field("sid", Twilio.sid)
                                json.field("status", "sent")
                                json.field("body", sent.text)
                            }
                        })
                }
                let list = OutboundResult.response(OutboundResponse(status: 200, body: json.bytes))
                let again = try attempt(7, "ABCDEFGHIJKLMNOPQRSTUV")
                #expect(gateway.reconciliation(of: list, again) == .found(providerID: Twilio.sid, state: .sent))
                let other = try attempt(8, "abcdefghijklmnopqrstuv")
                #expect(gateway.reconciliation(of: list, other) == .absent, "another code is another alert")
            }
        }
    }

    @Test("Twilio finds the text whose answer was lost, and says where there is none")
    func reconciliation() async throws {
        try await onLoop { reactor in
            let bench = try Bench(reactor, "twilio")
            _ = try await bench.request(.put, "/faults", #"{"rules":[{"behaviour":"errorButDelivered","count":1}]}"#)
            let attempt = try Twilio.attempt()
            #expect(
                await bench.gateway.reconcile(attempt, through: bench.client, deadline: .seconds(5)) == .absent)
            #expect(try await bench.send(to: attempt.to) == .unknown(code: "20500"))
            await bench.settle()
            let found = await bench.gateway.reconcile(attempt, through: bench.client, deadline: .seconds(5))
            guard case .found(let sid, let state) = found else {
                Issue.record("\(found)")
                return await bench.end()
            }
            #expect(sid.hasPrefix("SM") && state == .delivered)
            let other = GatewayAttempt(
                id: attempt.id, message: attempt.message, to: attempt.to, text: attempt.text + "!",
                code: attempt.code, urgency: attempt.urgency, at: attempt.at)
            #expect(await bench.gateway.reconcile(other, through: bench.client, deadline: .seconds(5)) == .absent)
            await bench.end()
            #expect(await bench.gateway.reconcile(other, through: bench.client, deadline: .seconds(5)) == .unclear)
        }
    }
}
