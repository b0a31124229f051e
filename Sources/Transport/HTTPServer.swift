package import Platform
package import Wire

/// The transport of one loop: its listeners, its connections with their deadlines, and what it has counted.
///
/// Made and used on its loop. Only ``AddressLimits`` is shared with other loops; the counters are the loop's own.
package final class HTTPServer {
    package let reactor: Reactor
    package let limits: TransportLimits
    /// What has happened so far; copy it to read it.
    package internal(set) var counters = TransportCounters()
    /// No new connections; each answer closes its connection.
    package private(set) var isDraining = false

    let handler: any RequestHandler
    let addresses: AddressLimits
    /// Nil where the server speaks plain HTTP.
    private(set) var tls: TLSEndpoint?
    /// Shared by the loop's connections; without memory until somebody sends a compressed message.
    let inflater = Inflater()
    private var listeners: [Listener] = []
    private var table = ConnectionTable()
    private let start: MonotonicTime
    private var isSweeping = false
    private var dateTick: UInt32 = 0
    private var dateText = ""
    private var whenEmpty: [CheckedContinuation<Void, Never>] = []

    /// - Parameter addresses: the limits that the loops of this process share.
    package init(
        reactor: Reactor, limits: TransportLimits = TransportLimits(), addresses: AddressLimits = AddressLimits(),
        handler: any RequestHandler
    ) {
        self.reactor = reactor
        self.limits = limits
        self.addresses = addresses
        self.handler = handler
        start = reactor.now
    }

    deinit { stopAccepting() }

    /// From now on connections are accepted with TLS; called again, with certificates that are new. Connections that are
    /// open stay as they began. Where it throws, everything stays as it was.
    package func secure(with configuration: TLSConfiguration) throws(TLSError) {
        if let tls { return try tls.renew(configuration) }
        tls = try TLSEndpoint(configuration, reactor: reactor, limits: limits)
    }

    /// Accepts connections on `address`, beside other loops that do the same; returns the address with its port.
    package func listen(on address: SocketAddress) throws(SystemError) -> SocketAddress {
        let listener = try Listener(
            on: address, reactor: reactor, limits: limits,
            isBusy: { [unowned self] in tls?.isBusy ?? false },
            accepted: { [unowned self] in admit($0, from: $1) },
            failed: { [unowned self] in noteExhaustion($0) })
        listeners.append(listener)
        return listener.localAddress ?? address
    }

    /// Closes the listeners; open connections go on.
    package func stopAccepting() {
        for listener in listeners { listener.stop() }
        listeners.removeAll()
    }

    // MARK: Admission

    private static let isFull = refusal("503 Service Unavailable", retryAfterSeconds: 5)
    private static let isTooMuch = refusal("429 Too Many Requests", retryAfterSeconds: 2)

    private static func refusal(_ status: String, retryAfterSeconds: Int) -> OutboundFrame {
        OutboundFrame(
            encoded: Array(
                "HTTP/1.1 \(status)\r\nRetry-After: \(retryAfterSeconds)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .utf8))
    }

    private func admit(_ socket: consuming FileDescriptor, from address: SocketAddress) {
        counters.accepted &+= 1
        let peer = PeerAddress(address)
        if let reason = addresses.admit(peer, now: reactor.now) {
            counters.refused(reason)
            handler.refused(peer, reason)
            return refuse(socket, reason == .connectionLimit || reason == .strangerLimit ? Self.isFull : Self.isTooMuch)
        }
        let link = tls?.makeLink()
        guard (link == nil) == (tls == nil) else {
            addresses.leave(peer, wasStranger: true)
            return counters.refused(.connectionLimit)
        }
        let connection = HTTPConnection(socket, peer: peer, server: self, tls: link)
        table.insert(connection, deadline: ConnectionTable.never)
        counters.openConnections = table.count
        sweepLater()
        connection.open()
    }

    /// Answers one that may not stay, as well as that goes at once.
    private func refuse(_ socket: consuming FileDescriptor, _ answer: OutboundFrame) {
        // One whose TLS has not begun could not read it.
        guard tls == nil else { return }
        _ = unsafe answer.bytes.withUnsafeBytes { bytes in unsafe Socket.send(socket.number, bytes) }
        // A request that was not read would make the close a reset, which destroys the answer.
        Socket.shutDownSending(socket.number)
        _ = reactor.scratch.receive(from: socket.number)
    }

    private func noteExhaustion(_ error: SystemError) {
        counters.acceptFailures &+= 1
        Log.warning("accepting paused", ["error": error.description])
    }

    /// The connection is closed.
    func forget(_ connection: Connection) {
        guard connection.slot >= 0 else { return }
        table.remove(connection)
        counters.openConnections = table.count
        addresses.leave(connection.peer, wasStranger: connection.isStranger)
        guard table.count == 0 else { return }
        let waiting = whenEmpty
        whenEmpty.removeAll()
        for continuation in waiting { continuation.resume() }
    }

    /// The connection goes on as another kind.
    func replace(_ connection: Connection, by successor: Connection) { table.replace(connection, by: successor) }

    // MARK: Deadlines

    /// The tick at which `duration` has passed for certain.
    func tick(after duration: Duration) -> UInt32 {
        let length = max(limits.tick.wholeNanoseconds, 1)
        let elapsed = start.duration(to: reactor.now).wholeNanoseconds
        let tick = (elapsed &+ duration.wholeNanoseconds) / length &+ 1
        return UInt32(clamping: min(tick, UInt64(ConnectionTable.never - 1)))
    }

    func setDeadline(_ tick: UInt32, of connection: Connection) { table.setDeadline(tick, of: connection) }

    private func sweepLater() {
        guard !isSweeping else { return }
        isSweeping = true
        _ = reactor.schedule(after: limits.tick) { [weak self] in self?.sweep() }
    }

    private func sweep() {
        isSweeping = false
        let tick = UInt32(
            clamping: start.duration(to: reactor.now).wholeNanoseconds / max(limits.tick.wholeNanoseconds, 1))
        for connection in table.due(at: tick) { connection.passedDeadline(at: tick) }
        if table.count > 0 { sweepLater() }
    }

    /// The `Date` field of an answer given now.
    var date: String {
        let tick = self.tick(after: .zero)
        if tick != dateTick {
            dateTick = tick
            dateText = HTTPDate.text(secondsSince1970: WallTime.now().secondsSince1970)
        }
        return dateText
    }

    // MARK: Drain

    /// Ends everything in order: accepts no more, answers what is in flight, closes WebSockets with `code`, and returns when
    /// no connection is left, or after `deadline`, when it closes those that remain.
    ///
    /// - Parameters:
    ///   - window: over which the closes of WebSockets are spread, so that they do not all come back at once.
    ///   - reason: the reason of each close, given its place in the order.
    package func drain(
        code: CloseCode = .restart, over window: Duration = .zero, deadline: Duration,
        reason: @escaping (Int) -> String = { _ in "" }
    ) async {
        isDraining = true
        stopAccepting()
        let connections = table.all
        let spread = window.wholeNanoseconds
        var place = 0
        for connection in connections {
            guard let socket = connection as? WebSocketConnection else {
                connection.drain()
                continue
            }
            let delay = spread / UInt64(max(connections.count, 1)) &* UInt64(place)
            let text = reason(place)
            place += 1
            if delay == 0 {
                socket.close(code, reason: text)
            } else {
                _ = reactor.schedule(after: .nanoseconds(Int64(clamping: delay))) { socket.close(code, reason: text) }
            }
        }
        let timer = reactor.schedule(after: deadline) { [self] in
            for connection in table.all { connection.abort() }
        }
        if table.count > 0 { await withCheckedContinuation { whenEmpty.append($0) } }
        reactor.cancel(timer)
    }
}
