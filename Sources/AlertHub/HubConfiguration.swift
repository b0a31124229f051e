import API
import Clinic
import Database
import Escalation
import Gateways
import Hub
import Platform
import Settings
import Store
import Transport
import Wire

/// The settings as each layer takes them. A value; made once, given to every loop.
struct HubConfiguration: Sendable {
    var database: ConnectionSettings
    var vault: PHIVault
    var service: HubService.Configuration
    var transport: TransportLimits
    /// Shared by the loops of this process.
    var addresses: AddressLimits
    /// Nil where the hub speaks plain HTTP.
    var tls: TLSConfiguration?
    var pool: Pool.Limits
    /// Whether io_uring is tried.
    var triesSendRing: Bool
    var channels = ChannelTable.Limits()
    var dispatcher: Dispatcher.Limits
    var brand: Brand
    /// Nil where the hub has no public address, or one that is too long for a text.
    var linkBase: AnswerLinkBase?
    var enginePoll: Duration
    var engineBatch: Int
    var channelPoll = Duration.seconds(1)
    var drainDeadline: Duration
    /// Where the first loop takes gateways' callbacks in plain HTTP, for the local gateway of a demo with TLS; else nil.
    var loopbackCallbacks: SocketAddress?
    /// Where the issuer's keys are fetched, and how often; nil where they are not.
    var keySet: (url: String, interval: Duration)?
    /// Screens of the process that are told to come back in each second after a restart.
    var reconnectsPerSecond: Int
    var loops: Int
    var intake: IntakeConfiguration
    var square: SquareConfiguration
    var retention = RetentionEngine.Limits()

    init(
        _ settings: Settings, secrets: Secrets, database: ConnectionSettings, vault: PHIVault,
        service: HubService.Configuration, loops: Int
    ) throws {
        self.database = database
        self.database.statementTimeout = .seconds(settings.database.statementTimeoutSeconds)
        self.vault = vault
        self.service = service
        transport = Self.transport(settings)
        addresses = Self.addresses(settings.limits)
        triesSendRing = settings.transport.ioUring == .auto
        pool = Pool.Limits()
        pool.connections = settings.database.connectionsPerLoop
        pool.deadline = .seconds(settings.database.acquireDeadlineSeconds + settings.database.statementTimeoutSeconds)
        channels.ringEvents = settings.replay.eventsPerClinic
        dispatcher = Dispatcher.Limits()
        dispatcher.lease = .seconds(settings.dispatcher.leaseSeconds)
        dispatcher.attempts = settings.dispatcher.attempts
        dispatcher.backoff = settings.dispatcher.backoffSeconds.map { .seconds($0) }
        dispatcher.callDeadline = .seconds(settings.dispatcher.callDeadlineSeconds)
        dispatcher.numbers = NumberLimits(
            zip(settings.dispatcher.numberLimitCounts, settings.dispatcher.numberLimitWindowSeconds).map {
                NumberLimits.Limit(count: $0, window: .seconds($1))
            })
        guard let brand = Brand(settings.brand) else {
            throw StartError("the brand \(settings.brand) cannot open a text")
        }
        self.brand = brand
        self.service.brand = brand
        linkBase = settings.publicURL.isEmpty ? nil : AnswerLinkBase(publicURL: settings.publicURL)
        enginePoll = .seconds(settings.escalation.pollSeconds)
        engineBatch = settings.escalation.claimBatch
        drainDeadline = .seconds(settings.drain.deadlineSeconds)
        if service.tokens.ring != nil, !settings.authentication.keySetURL.isEmpty {
            keySet = (settings.authentication.keySetURL, .seconds(settings.authentication.keySetRefreshSeconds))
        }
        reconnectsPerSecond = settings.drain.reconnectsPerSecond
        self.loops = loops
        intake = try IntakeConfiguration(settings, secrets: secrets)
        square = SquareConfiguration(settings.square)
        retention = Self.retention(settings.retention)
        self.service.heartbeat = .seconds(settings.heartbeat.intervalSeconds)
        self.service.authenticationDeadline = .seconds(settings.authentication.deadlineSeconds)
        self.service.messageBytes = settings.limits.messageBytes
        self.service.compression = settings.webSocket.compression ? DeflatePolicy() : nil
        self.service.servesEcho = settings.diagnostics.echo
        self.service.channelsPerConnection = settings.limits.channelsPerConnection
        self.service.signIn = Self.signIn(settings.authentication)
        self.service.patientKeptDays = settings.retention.patientDays
        self.service.bearers = Self.bearers(settings.limits)
    }

    private static func signIn(_ settings: Settings.Authentication) -> SignIn? {
        guard !settings.signInClient.isEmpty else { return nil }
        return SignIn(
            authorizationURL: settings.authorizationURL, tokenURL: settings.tokenURL, clientID: settings.signInClient,
            scope: settings.signInScope, audience: settings.audience, clinicClaim: settings.clinicClaim,
            userClaim: settings.userClaim, roleClaim: settings.roleClaim)
    }

    private static func retention(_ settings: Settings.Retention) -> RetentionEngine.Limits {
        var limits = RetentionEngine.Limits()
        limits.alerts = .seconds(settings.alertDays * 86_400)
        limits.events = .seconds(settings.eventDays * 86_400)
        limits.forms = .seconds(settings.formDays * 86_400)
        limits.jobs = .seconds(settings.jobDays * 86_400)
        limits.strayFiles = .seconds(settings.strayFileSeconds)
        limits.interval = .seconds(settings.intervalSeconds)
        return limits
    }

    private static func addresses(_ settings: Settings.Limits) -> AddressLimits {
        var limits = AddressLimits.Limits()
        limits.connections = settings.connections
        limits.strangers = settings.unauthenticatedConnections
        limits.connectionsPerAddress = settings.connectionsPerAddress
        limits.strangersPerAddress = settings.unauthenticatedConnectionsPerAddress
        limits.openingsPerAddress = .perSecond(settings.handshakesPerSecondPerAddress)
        limits.messagesPerAddress = .perSecond(settings.messagesPerSecondPerAddress)
        return AddressLimits(limits)
    }

    private static func bearers(_ settings: Settings.Limits) -> BearerLimits {
        var limits = BearerLimits.Limits()
        limits.user.sockets = settings.connectionsPerUser
        limits.user.openings = .perSecond(settings.handshakesPerSecondPerUser)
        limits.user.messages = .perSecond(settings.messagesPerSecondPerUser)
        limits.clinic.sockets = settings.connectionsPerClinic
        limits.clinic.openings = .perSecond(settings.handshakesPerSecondPerClinic)
        limits.clinic.messages = .perSecond(settings.messagesPerSecondPerClinic)
        return BearerLimits(limits, sockets: settings.connections)
    }

    private static func transport(_ settings: Settings) -> TransportLimits {
        var limits = TransportLimits()
        limits.headerDeadline = .seconds(settings.limits.handshakeSeconds)
        limits.http = HTTPLimits(
            maximumHeadBytes: settings.limits.headerBytes, maximumFields: settings.limits.headerFields,
            maximumBodyBytes: settings.limits.bodyBytes)
        limits.initialMessageBytes = settings.limits.preAuthenticationMessageBytes
        limits.maxFragments = settings.limits.fragments
        limits.maxQueuedBytes = settings.limits.queuedBytesPerConnection
        limits.pongDeadline = .seconds(settings.heartbeat.pongDeadlineSeconds)
        return limits
    }
}
