import API
import Clinic
import Database
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
    /// Nil where the hub speaks plain HTTP.
    var tls: TLSConfiguration?
    var pool: Pool.Limits
    var channels = ChannelTable.Limits()
    var dispatcher: Dispatcher.Limits
    var brand: Brand
    var enginePoll: Duration
    var engineBatch: Int
    var channelPoll = Duration.seconds(1)
    var drainDeadline: Duration
    /// Screens of this loop that are told to come back in each second after a restart.
    var reconnectsPerSecond: Int

    init(
        _ settings: Settings, database: ConnectionSettings, vault: PHIVault, service: HubService.Configuration,
        loops: Int
    ) throws {
        self.database = database
        self.database.statementTimeout = .seconds(settings.database.statementTimeoutSeconds)
        self.vault = vault
        self.service = service
        transport = Self.transport(settings, loops: loops)
        pool = Pool.Limits()
        pool.connections = settings.database.connectionsPerLoop
        pool.deadline = .seconds(settings.database.acquireDeadlineSeconds + settings.database.statementTimeoutSeconds)
        channels.ringEvents = settings.replay.eventsPerClinic
        dispatcher = Dispatcher.Limits()
        dispatcher.lease = .seconds(settings.dispatcher.leaseSeconds)
        dispatcher.attempts = settings.dispatcher.attempts
        dispatcher.backoff = settings.dispatcher.backoffSeconds.map { .seconds($0) }
        dispatcher.callDeadline = .seconds(settings.dispatcher.callDeadlineSeconds)
        guard let brand = Brand(settings.brand) else {
            throw StartError("the brand \(settings.brand) cannot open a text")
        }
        self.brand = brand
        enginePoll = .seconds(settings.escalation.pollSeconds)
        engineBatch = settings.escalation.claimBatch
        drainDeadline = .seconds(settings.drain.deadlineSeconds)
        reconnectsPerSecond = max(1, settings.drain.reconnectsPerSecond / loops)
        self.service.heartbeat = .seconds(settings.heartbeat.intervalSeconds)
        self.service.authenticationDeadline = .seconds(settings.authentication.deadlineSeconds)
        self.service.messageBytes = settings.limits.messageBytes
        self.service.compression = settings.webSocket.compression ? DeflatePolicy() : nil
        self.service.servesEcho = settings.diagnostics.echo
        self.service.channelsPerConnection = settings.limits.channelsPerConnection
    }

    /// The process's limits, shared out among its loops.
    private static func transport(_ settings: Settings, loops: Int) -> TransportLimits {
        var limits = TransportLimits()
        limits.maxConnections = max(1, settings.limits.connections / loops)
        limits.maxConnectionsPerAddress = settings.limits.connectionsPerAddress
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
