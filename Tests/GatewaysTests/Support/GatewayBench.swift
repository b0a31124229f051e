import Clinic
import Gateways
import Outbound
import Platform
import TestSupport
import Testing
import Transport
import Wire

/// A local gateway and a hub's callback path, both behind real HTTP servers on one loop, and a sender between them.
final class GatewayBench {
    let reactor: Reactor
    let client: OutboundClient
    let local: LocalGateway
    let twilio: TwilioGateway
    /// What arrived at the hub's callback path and was believed, in order.
    private(set) var events: [GatewayEvent] = []
    /// Replies that arrived there.
    private(set) var texts: [InboundText] = []
    /// Callbacks that were refused.
    private(set) var refusals: [CallbackRefusal] = []
    /// The statuses that the hub answers the next callbacks with; 204 when used up.
    var answers: [HTTPStatus] = []

    /// Called with each callback that arrives, before it is read.
    var calledBack: () -> Void = {}

    private let servers: [HTTPServer]
    private let gatewayAddress: SocketAddress

    init(
        _ reactor: Reactor, hubToken: String = Twilio.token,
        _ configure: (inout LocalGatewayConfiguration) -> Void = { _ in }
    ) throws {
        self.reactor = reactor
        client = try OutboundClient(reactor: reactor)
        var configuration = LocalGatewayConfiguration(authToken: Twilio.token)
        configuration.firstCallbackAfter = .milliseconds(10)
        configuration.secondCallbackAfter = .milliseconds(40)
        configuration.lateBy = .milliseconds(200)
        configuration.retryAfter = .milliseconds(10)
        configure(&configuration)
        local = LocalGateway(reactor: reactor, client: client, configuration: configuration)
        let gatewayHandler = ClosureHandler()
        let hubHandler = ClosureHandler()
        let gatewayServer = HTTPServer(reactor: reactor, handler: gatewayHandler)
        let hubServer = HTTPServer(reactor: reactor, handler: hubHandler)
        let loopback = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        gatewayAddress = try gatewayServer.listen(on: loopback)
        let hubAddress = try hubServer.listen(on: loopback)
        servers = [gatewayServer, hubServer]
        var account = try Twilio.configuration(
            baseURL: "http://\(gatewayAddress)", statusCallback: "http://\(hubAddress)/gateways/twilio/status")
        twilio = TwilioGateway(account)
        account.authToken = hubToken
        let verifier = TwilioGateway(account)
        gatewayHandler.answer = { [local] request, exchange in
            reactor.spawn { exchange.respond(await local.handle(request)) }
        }
        hubHandler.answer = { [unowned self] request, exchange in
            exchange.respond(HTTPResponse(take(request, verifier)))
        }
    }

    /// Closes everything; to be awaited at the end of a test.
    func end() async {
        for server in servers {
            server.stopAccepting()
            await server.drain(deadline: .zero)
        }
        client.close()
    }

    private func take(_ request: HTTPRequest, _ verifier: TwilioGateway) -> HTTPStatus {
        calledBack()
        guard answers.isEmpty else { return answers.removeFirst() }
        do {
            let content = try verifier.open(
                GatewayCallback(
                    target: request.head.rawTarget, fields: request.head.fields, body: request.body,
                    receivedAt: Timestamp(microseconds: WallTime.now().microseconds)))
            events += content.events
            texts += content.texts
            return .noContent
        } catch {
            refusals.append(error)
            return HTTPStatus(rawValue: UInt16(error.status))
        }
    }

    func send(to number: String, deadline: Duration = .seconds(5)) async throws -> SubmitOutcome {
        try await twilio.submit(Twilio.attempt(to: number), through: client, deadline: deadline)
    }

    /// Waits until no callback is pending.
    func settle() async -> Bool { await eventuallyTrue { local.pendingCallbacks == 0 } }

    func eventuallyTrue(_ condition: () -> Bool) async -> Bool {
        await eventually(reactor) { condition() }
    }

    /// A request to the gateway past the Twilio client.
    func request(
        _ method: OutboundRequest.Method, _ path: String, headers: [HeaderField] = [], body: String = ""
    ) async throws -> OutboundResponse {
        let request = OutboundRequest(
            method, "http://\(gatewayAddress)\(path)", headers: headers, body: Array(body.utf8))
        let result = await client.perform(request, deadline: .seconds(5))
        guard case .response(let response) = result else { throw NoResponse(result: result) }
        return response
    }

    /// The log, as `GET /log` shows it.
    func log() async throws -> JSONObject {
        try await JSONReader.readObject(request(.get, "/log").body, limits: JSONLimits(maximumBytes: 1 << 20))
    }

    struct NoResponse: Error {
        let result: OutboundResult
    }
}

/// A request handler that is set after its server was made.
private final class ClosureHandler: RequestHandler {
    var answer: (HTTPRequest, Exchange) -> Void = { _, _ in }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) { answer(request, exchange) }
}
