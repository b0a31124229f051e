package import Platform

/// LISTEN on a connection of its own that reconnects by itself. Loop-confined.
///
///     let listener = NotificationListener(
///         reactor: reactor, settings: settings, channels: ["clinic_events"],
///         onNotification: { channel, payload in … },
///         onListening: { … })   // at first and after each reconnect: re-read what may have been missed
///     listener.start()
///
/// `onListening` comes after the LISTEN was committed, so what is read from then on and what is notified overlap and leave
/// no gap. A connection that no longer answers is found within `heartbeat` and replaced.
package final class NotificationListener {
    /// How often the connection is asked for a sign of life, and how long it may take to answer.
    private static let heartbeat = Duration.seconds(15)
    private static let heartbeatStatement = Statement("hub_heartbeat", "SELECT 1")

    private let reactor: Reactor
    private let settings: ConnectionSettings
    private let listen: [Call]
    private let onNotification: (_ channel: String, _ payload: String) -> Void
    private let onListening: () -> Void
    private var connection: Connection?
    private var timer: TimerToken?
    private var backoff = Backoff(.milliseconds(50)...(.seconds(2)))
    private var isClosed = false

    /// Whether notifications arrive now.
    package private(set) var isListening = false

    /// The process on the server that serves the connection; nil while there is none.
    package var serverProcess: Int32? { connection?.serverProcess }

    /// - Parameters:
    ///   - channels: names as written in SQL without quotes or with them inside; each is quoted here.
    ///   - setUp: run on each connection before it counts as listening, such as locks that it is to hold.
    package init(
        reactor: Reactor, settings: ConnectionSettings, channels: [String], setUp: [Call] = [],
        onNotification: @escaping (_ channel: String, _ payload: String) -> Void, onListening: @escaping () -> Void
    ) {
        self.reactor = reactor
        self.settings = settings
        listen =
            setUp
            + channels.enumerated().map { index, channel in
                let quoted = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                return Statement(name: "hub_listen_\(index)", sql: "LISTEN \"\(quoted)\"")()
            }
        self.onNotification = onNotification
        self.onListening = onListening
    }

    /// Begins to connect. Returns at once.
    package func start() {
        if connection == nil, !isClosed { connect() }
    }

    /// Closes the connection; no callback comes after it.
    package func close() {
        isClosed = true
        isListening = false
        if let timer { reactor.cancel(timer) }
        connection?.close("the listener is closed")
        connection = nil
    }

    private func connect() {
        timer = nil
        guard !isClosed else { return }
        var events = Connection.Events()
        events.ready = { [weak self] in self?.subscribe() }
        events.notified = { [weak self] channel, payload in
            guard let self, !isClosed else { return }
            onNotification(channel, payload)
        }
        events.closed = { [weak self] reason in self?.lost(reason) }
        let connection = Connection(reactor: reactor, settings: settings, events: events)
        self.connection = connection
        connection.open()
    }

    private func subscribe() {
        send(listen) { [weak self] in
            guard let self, !isClosed else { return }
            isListening = true
            backoff.reset()
            beat()
            onListening()
        }
    }

    private func beat() {
        timer = reactor.schedule(after: Self.heartbeat) { [weak self] in
            self?.send([Self.heartbeatStatement()]) { [weak self] in self?.beat() }
        }
    }

    /// Sends calls; a failure closes the connection, and so leads to the next one.
    private func send(_ calls: [Call], then success: @escaping () -> Void) {
        guard let connection, connection.isReady else { return }
        let deadline = MonotonicTime.now().advanced(by: Self.heartbeat)
        do {
            let batch = try Batch(prefix: [], calls, deadline: deadline) { [weak connection] result in
                switch result {
                case .success: success()
                case .failure(let error): connection?.close("\(error)")
                }
            }
            connection.send(batch)
        } catch {
            connection.close("\(error)")
        }
    }

    private func lost(_ reason: String) {
        connection = nil
        guard !isClosed else { return }
        if let timer { reactor.cancel(timer) }
        if isListening { Log.warning("The connection that listens to PostgreSQL ended", ["reason": reason]) }
        isListening = false
        timer = reactor.schedule(after: backoff.next()) { [weak self] in self?.connect() }
    }
}
