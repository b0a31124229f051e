import Clinic
import Cryptography
package import Gateways
package import Hub
import HubProtocol
package import Platform
import Store
package import Transport
package import Wire

/// Everything that one loop serves: REST, the WebSocket, the page, health and metrics. Loop-confined.
package final class HubService: RequestHandler {
    /// What the service needs to know besides its hub.
    package struct Configuration: Sendable {
        package var tokens: TokenAuthority
        package var origins: OriginPolicy
        package var gateways: GatewayTable
        /// How they do, as the dispatcher sees them.
        package var gatewayStatuses = GatewayStatuses()
        package var heartbeat = Duration.seconds(15)
        package var authenticationDeadline = Duration.seconds(5)
        package var messageBytes = 65_536
        package var channelsPerConnection = 64
        /// Shared by the loops of this process.
        package var bearers = BearerLimits()
        /// How messages are compressed for clients that offer it and have proved who they are; nil: not at all.
        package var compression: DeflatePolicy?
        /// Whether `/echo` is served.
        package var servesEcho = false
        /// Those whom the sign-in of demo mode offers; empty outside of it.
        package var demoUsers: [DemoUser] = []

        package init(tokens: TokenAuthority, origins: OriginPolicy, gateways: GatewayTable) {
            self.tokens = tokens
            self.origins = origins
            self.gateways = gateways
        }
    }

    private let reactor: Reactor
    private let configuration: Configuration
    private let router: Router
    private let files = DashboardFiles()
    private let handshake: ServerHandshake
    let sessions: LiveSessions

    package init(
        reactor: Reactor, hub: ClinicHub, configuration: Configuration, process: any ProcessStatus
    ) {
        self.reactor = reactor
        self.configuration = configuration
        var limits = LiveSessions.Limits()
        limits.heartbeat = configuration.heartbeat
        limits.authentication = configuration.authenticationDeadline
        limits.messageBytes = configuration.messageBytes
        limits.channels = configuration.channelsPerConnection
        sessions = LiveSessions(
            reactor: reactor, hub: hub, tokens: configuration.tokens, bearers: configuration.bearers, limits: limits)
        handshake = ServerHandshake(
            subprotocols: [ServerMessage.subprotocol], origins: configuration.origins, sha1: { SHA1.hash($0) })
        let routes: [[Route]] = [
            AlertRoutes(hub: hub).routes, PatientRoutes(hub: hub).routes,
            PatientRecordRoutes(hub: hub).routes,
            GatewayRoutes(hub: hub, gateways: configuration.gateways).routes, ContactRoutes(hub: hub).routes,
            DeliveryRoutes(hub: hub, statuses: configuration.gatewayStatuses).routes,
            PreferenceRoutes(hub: hub).routes, ScheduleRoutes(hub: hub).routes, OverrideRoutes(hub: hub).routes,
            OnCallRoutes(hub: hub).routes, ReachabilityRoutes(hub: hub).routes, HealthRoutes(process: process).routes,
            DemoRoutes(users: configuration.demoUsers, tokens: configuration.tokens).routes,
        ]
        router = Router(routes.flatMap { $0 })
    }

    package var subscriptionCount: Int { sessions.hub.channels.subscriptionCount }

    package func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        guard exchange.takeMessageOfAddress() else {
            exchange.noteRefusal(.addressMessages)
            return respond(Problem.tooManyRequests.response, to: exchange, requestID: SessionID.random().description)
        }
        if request.head.path == "/ws" { return open(request, exchange) }
        if request.head.path == "/echo", configuration.servesEcho { return openEcho(request, exchange) }
        if let file = files.response(path: request.head.path) {
            guard request.head.method == .get || request.head.method == .head else {
                let refusal = RouteError.methodNotAllowed([.get, .head]).response
                return respond(refusal, to: exchange, requestID: SessionID.random().description)
            }
            return exchange.respond(file)
        }
        let route: Route
        let parameters: [String: String]
        do {
            (route, parameters) = try router.route(request.head.method, path: request.head.path)
        } catch {
            return respond(error.response, to: exchange, requestID: SessionID.random().description)
        }
        reactor.spawn { [self] in await serve(request, by: route, parameters, exchange) }
    }

    private func serve(
        _ request: HTTPRequest, by route: Route, _ parameters: [String: String], _ exchange: Exchange
    ) async {
        let requestID = SessionID.random().description
        let response: HTTPResponse
        do throws(Problem) {
            let context = RequestContext(
                request: request, parameters: parameters,
                principal: route.isOpen ? nil : try principal(request.head, exchange),
                address: exchange.peer.description,
                requestID: requestID)
            response = try await route.serve(context)
        } catch {
            response = error.response
        }
        respond(response, to: exchange, requestID: requestID)
    }

    private func respond(_ response: HTTPResponse, to exchange: Exchange, requestID: String) {
        var response = response
        response.fields.set("X-Request-Id", requestID)
        response.fields.set("X-Content-Type-Options", "nosniff")
        exchange.respond(response)
    }

    private func principal(_ head: HTTPRequestHead, _ exchange: Exchange) throws(Problem) -> Principal {
        let principal: Principal
        do throws(TokenRefusal) {
            guard let token = head.credentials(scheme: "Bearer") else { throw .missing }
            principal = try configuration.tokens.verify(token, now: .now())
        } catch {
            throw Problem(.unauthorized, "unauthorized", error.sentence)
        }
        exchange.recognise()
        if let reason = configuration.bearers.takeMessage(of: principal, now: reactor.now) {
            exchange.noteRefusal(reason)
            throw .tooManyRequests
        }
        return principal
    }

    // MARK: The WebSocket

    private func open(_ request: HTTPRequest, _ exchange: Exchange) {
        var acceptance: ServerHandshake.Acceptance
        do {
            acceptance = try handshake.accept(request.head, isSecure: exchange.isSecure)
        } catch {
            return exchange.refuseUpgrade(with: Problem.response(error))
        }
        guard acceptance.subprotocol != nil || request.head.fields.list("Sec-WebSocket-Protocol").isEmpty else {
            return exchange.refuseUpgrade(
                with: Problem(
                    .badRequest, "unknown-subprotocol", "This path speaks \(ServerMessage.subprotocol)."
                ).response)
        }
        var principal: Principal?
        if let token = acceptance.bearerToken ?? request.head.credentials(scheme: "Bearer") {
            do {
                principal = try configuration.tokens.verify(token, now: .now())
            } catch {
                // A browser cannot read the status of a failed upgrade, but it can read a close code.
                let session = RefusedSession(error == .expired ? .tokenExpired : .badToken, reason: error.sentence)
                return exchange.upgrade(with: acceptance.response, session: session)
            }
        }
        if let principal {
            exchange.recognise()
            if let reason = configuration.bearers.enter(principal, now: reactor.now) {
                exchange.noteRefusal(reason)
                return exchange.refuseUpgrade(with: Problem.tooManyRequests.response)
            }
        }
        // What is said before authentication is never inflated, so compression is only for those who brought a token.
        if principal != nil, let compression = configuration.compression { acceptance.agree(to: compression) }
        exchange.upgrade(
            with: acceptance.response, session: LiveSession(sessions: sessions, principal: principal),
            deflate: acceptance.deflate)
    }

    private func openEcho(_ request: HTTPRequest, _ exchange: Exchange) {
        let handshake = ServerHandshake(
            subprotocols: [], origins: OriginPolicy(admitsAll: true), sha1: { SHA1.hash($0) })
        do throws(UpgradeRefusal) {
            var acceptance = try handshake.accept(request.head, isSecure: exchange.isSecure)
            acceptance.agree(to: DeflatePolicy(clientWindowBits: 15))
            exchange.upgrade(with: acceptance.response, session: EchoSession(), deflate: acceptance.deflate)
        } catch {
            exchange.refuseUpgrade(with: Problem.response(error))
        }
    }
}

/// A socket that is closed as soon as it is open, with the code that tells its client why.
private final class RefusedSession: WebSocketSession {
    private let end: SessionEnd
    private let reason: String

    init(_ end: SessionEnd, reason: String) {
        self.end = end
        self.reason = reason
    }

    func opened(_ connection: WebSocketConnection) {
        connection.close(CloseCode(rawValue: end.rawValue), reason: reason)
    }

    func received(text: Span<UInt8>, on connection: WebSocketConnection) {}
    func closed(_ connection: WebSocketConnection, code: CloseCode, reason: String) {}
}
