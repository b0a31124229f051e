package import Clinic
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
        /// Stands on the pages behind one-time links.
        package var brand: Brand?
        package var heartbeat = Duration.seconds(15)
        package var authenticationDeadline = Duration.seconds(5)
        package var messageBytes = 65_536
        package var channelsPerConnection = 64
        /// Shared by the loops of this process.
        package var bearers = BearerLimits()
        /// Shared by the loops of this process.
        package var logIns = LogIns()
        /// How messages are compressed for clients that offer it and have proved who they are; nil: not at all.
        package var compression: DeflatePolicy?
        /// Where people of the page sign in; nil where they bring a token.
        package var signIn: SignIn?
        /// How long a patient's records are kept after the discharge.
        package var patientKeptDays = 2_190
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
    /// By the paths of POST.
    private let streamedBodyLimits: [String: Int]
    private let files: DashboardFiles
    private let handshake: ServerHandshake
    private let authenticator: Authenticator
    private let audit: AuditBatch
    private let keys: KnownKeys
    let sessions: LiveSessions

    /// - Parameter auditTrail: where audit rows of sessions and refusals go; nil: to the hub's database.
    package init(
        reactor: Reactor, hub: ClinicHub, configuration: Configuration, process: any ProcessStatus,
        auditTrail: (any AuditTrail)? = nil
    ) {
        self.reactor = reactor
        self.configuration = configuration
        var limits = LiveSessions.Limits()
        limits.heartbeat = configuration.heartbeat
        limits.authentication = configuration.authenticationDeadline
        limits.messageBytes = configuration.messageBytes
        limits.channels = configuration.channelsPerConnection
        authenticator = Authenticator(tokens: configuration.tokens, revocations: hub.revocations)
        files = DashboardFiles(issuer: configuration.signIn?.tokenOrigin)
        keys = KnownKeys(store: hub.store.keys)
        audit = AuditBatch(reactor: reactor, trail: auditTrail ?? StoredAuditTrail(store: hub.store))
        sessions = LiveSessions(
            reactor: reactor, hub: hub, authenticator: authenticator, bearers: configuration.bearers,
            logIns: configuration.logIns, audit: audit, limits: limits)
        handshake = ServerHandshake(
            subprotocols: [ServerMessage.subprotocol], origins: configuration.origins, sha1: { SHA1.hash($0) })
        let routes: [[Route]] = [
            AlertRoutes(hub: hub).routes, PatientRoutes(hub: hub).routes,
            PatientRecordRoutes(hub: hub).routes, PolicyRoutes(hub: hub).routes,
            AlertActRoutes(hub: hub).routes,
            AnswerRoutes(hub: hub, brand: configuration.brand).routes, MaintenanceRoutes(hub: hub).routes,
            RevocationRoutes(hub: hub).routes, MonitorRoutes(hub: hub).routes, ReportRoutes(hub: hub).routes,
            GatewayRoutes(hub: hub, gateways: configuration.gateways, brand: configuration.brand).routes,
            ContactRoutes(hub: hub).routes,
            DeliveryRoutes(hub: hub, statuses: configuration.gatewayStatuses).routes,
            PreferenceRoutes(hub: hub).routes, ScheduleRoutes(hub: hub).routes, OverrideRoutes(hub: hub).routes,
            OnCallRoutes(hub: hub).routes, ReachabilityRoutes(hub: hub).routes, HealthRoutes(process: process).routes,
            AuditRoutes(hub: hub).routes, APIKeyRoutes(hub: hub).routes,
            ClinicRoutes(hub: hub).routes, UserRoutes(hub: hub).routes,
            SignInRoutes(signIn: configuration.signIn).routes,
            PatientFileRoutes(hub: hub, keptDays: configuration.patientKeptDays).routes,
            DemoRoutes(users: configuration.demoUsers, tokens: configuration.tokens).routes,
            IntakeRoutes(hub: hub).routes,
            QueueRoutes(hub: hub, gathered: { [audit] in audit.waitingCount }).routes,
        ]
        router = Router(routes.flatMap { $0 })
        streamedBodyLimits = routes.joined().reduce(into: [:]) { limits, route in
            if let limit = route.streamedBodyLimit { limits[route.template] = limit }
        }
    }

    package var subscriptionCount: Int { sessions.hub.channels.subscriptionCount }

    /// Rows that were audited in batches, and the commits that they took.
    package var audited: (rows: UInt64, commits: UInt64) { (audit.rowsWritten, audit.commits) }

    /// Tokens were revoked: the sockets that show them end.
    package func endRevokedSessions() { sessions.endRevoked() }

    /// Writes what is left to be audited; when all connections have ended.
    package func finish() async { await audit.finish() }

    package func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        guard exchange.takeMessageOfAddress() else {
            noteLimit(.addressMessages, exchange)
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

    package func streamedBodyLimit(of head: HTTPRequestHead) -> Int? {
        head.method == .post ? streamedBodyLimits[head.path] : nil
    }

    package func handle(_ head: HTTPRequestHead, _ body: RequestBody, _ exchange: Exchange) {
        guard exchange.takeMessageOfAddress() else {
            noteLimit(.addressMessages, exchange)
            return respond(Problem.tooManyRequests.response, to: exchange, requestID: SessionID.random().description)
        }
        do {
            let (route, parameters) = try router.route(head.method, path: head.path)
            reactor.spawn { [self] in
                await serve(HTTPRequest(head: head), by: route, parameters, exchange, upload: body)
            }
        } catch {
            respond(error.response, to: exchange, requestID: SessionID.random().description)
        }
    }

    private func serve(
        _ request: HTTPRequest, by route: Route, _ parameters: [String: String], _ exchange: Exchange,
        upload: RequestBody? = nil
    ) async {
        let requestID = SessionID.random().description
        let response: HTTPResponse
        var principal: Principal?
        do throws(Problem) {
            if !route.isOpen {
                let bearer = try await self.principal(request.head, exchange)
                configuration.logIns.note(bearer, from: exchange.peer, session: requestID, in: audit)
                principal = bearer
            }
            let context = RequestContext(
                request: request, parameters: parameters, principal: principal, address: exchange.peer.description,
                requestID: requestID, upload: upload)
            switch route.service {
            case .whole(let serve): response = try await serve(context)
            case .streamed(let begin):
                return await stream(try await begin(context), to: exchange, requestID: requestID)
            }
        } catch {
            if error.status == .forbidden {
                note(refusal: .request, error.kind.auditWord, exchange.peer, principal, session: requestID)
            }
            response = error.response
        }
        respond(response, to: exchange, requestID: requestID)
    }

    private func respond(_ response: HTTPResponse, to exchange: Exchange, requestID: String) {
        exchange.respond(signed(response, requestID))
    }

    private func stream(_ answer: StreamedAnswer, to exchange: Exchange, requestID: String) async {
        guard let body = exchange.stream(signed(answer.head, requestID)) else { return }
        do throws(Problem) {
            while let piece = try await answer.next() {
                guard await body.write(piece) else { return }
            }
            body.end()
        } catch {
            body.abort()
        }
    }

    private func signed(_ response: HTTPResponse, _ requestID: String) -> HTTPResponse {
        var response = response
        response.fields.set("X-Request-Id", requestID)
        response.fields.set("X-Content-Type-Options", "nosniff")
        return response
    }

    private func principal(_ head: HTTPRequestHead, _ exchange: Exchange) async throws(Problem) -> Principal {
        let principal: Principal
        if let key = head.credentials(scheme: "Bearer"), key.hasPrefix(APIKeySecret.mark) {
            principal = try await bearer(ofKey: key, exchange)
        } else {
            do throws(TokenRefusal) {
                guard let token = head.credentials(scheme: "Bearer") else { throw .missing }
                principal = try await authenticator.verifyFetchingKeys(token)
            } catch {
                note(refusal: .authenticate, error.auditOutcome, exchange.peer, nil)
                if error == .noKeySet { throw .noKeySet }
                throw Problem(.unauthorized, "unauthorized", error.sentence)
            }
        }
        exchange.recognise()
        if let reason = configuration.bearers.takeMessage(of: principal, now: reactor.now) {
            noteLimit(reason, exchange, principal)
            throw .tooManyRequests
        }
        return principal
    }

    private func bearer(ofKey key: some StringProtocol, _ exchange: Exchange) async throws(Problem) -> Principal {
        do throws(Problem) {
            return try await keys.principal(key) { [authenticator] in authenticator.isRevoked($0) }
        } catch {
            if error.status == .unauthorized { note(refusal: .authenticate, "BAD_API_KEY", exchange.peer, nil) }
            throw error
        }
    }

    // MARK: Refusals

    package func refused(_ peer: PeerAddress, _ reason: TransportCounters.Refusal) {
        note(refusal: .connect, reason.rawValue.uppercased(), peer, nil)
    }

    private func noteLimit(
        _ reason: TransportCounters.Refusal, _ exchange: Exchange, _ principal: Principal? = nil
    ) {
        exchange.noteRefusal(reason)
        note(refusal: .connect, reason.rawValue.uppercased(), exchange.peer, principal)
    }

    private func note(
        refusal action: AuditAction, _ outcome: String, _ peer: PeerAddress, _ principal: Principal?,
        session: String? = nil
    ) {
        audit.note(
            AuditEntry(
                action, clinic: principal?.clinic, actor: principal?.actor, outcome: outcome,
                ipAddress: peer.network.description, sessionID: session))
    }

    // MARK: The WebSocket

    private func open(_ request: HTTPRequest, _ exchange: Exchange) {
        let acceptance: ServerHandshake.Acceptance
        do {
            acceptance = try handshake.accept(request.head, isSecure: exchange.isSecure)
        } catch {
            if error == .foreignOrigin { note(refusal: .connect, "FOREIGN_ORIGIN", exchange.peer, nil) }
            return exchange.refuseUpgrade(with: Problem.response(error))
        }
        guard acceptance.subprotocol != nil || request.head.fields.list("Sec-WebSocket-Protocol").isEmpty else {
            return exchange.refuseUpgrade(
                with: Problem(
                    .badRequest, "unknown-subprotocol", "This path speaks \(ServerMessage.subprotocol)."
                ).response)
        }
        guard let token = acceptance.bearerToken ?? request.head.credentials(scheme: "Bearer") else {
            return admit(nil, acceptance, exchange)
        }
        do throws(TokenRefusal) {
            admit(try authenticator.verify(token, now: .now()), acceptance, exchange)
        } catch {
            guard error.mayPassWithOtherKeys else { return turnAway(error, acceptance, exchange) }
            let token = String(token)
            reactor.spawn { [self] in
                do throws(TokenRefusal) {
                    admit(try await authenticator.verifyFetchingKeys(token), acceptance, exchange)
                } catch {
                    turnAway(error, acceptance, exchange)
                }
            }
        }
    }

    private func turnAway(_ refusal: TokenRefusal, _ acceptance: ServerHandshake.Acceptance, _ exchange: Exchange) {
        note(refusal: .authenticate, refusal.auditOutcome, exchange.peer, nil)
        // A browser cannot read the status of a failed upgrade, but it can read a close code.
        let session = RefusedSession(refusal.sessionEnd, reason: refusal.sentence)
        exchange.upgrade(with: acceptance.response, session: session)
    }

    private func admit(
        _ principal: Principal?, _ acceptance: ServerHandshake.Acceptance, _ exchange: Exchange
    ) {
        var acceptance = acceptance
        if let principal {
            exchange.recognise()
            if let reason = configuration.bearers.enter(principal, now: reactor.now) {
                noteLimit(reason, exchange, principal)
                return exchange.refuseUpgrade(with: Problem.tooManyRequests.response)
            }
        }
        // What is said before authentication is never inflated, so compression is only for those who brought a token.
        if principal != nil, let compression = configuration.compression { acceptance.agree(to: compression) }
        let session = LiveSession(sessions: sessions, principal: principal)
        if let principal {
            configuration.logIns.note(principal, from: exchange.peer, session: session.id.description, in: audit)
        }
        exchange.upgrade(with: acceptance.response, session: session, deflate: acceptance.deflate)
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

extension String {
    /// A kind of problem as a word of the audit.
    fileprivate var auditWord: String { uppercased().split(separator: "-").joined(separator: "_") }
}
