import Glibc
import Platform
import Wire

/// One screen: connects, over TLS where asked to, shows its token, subscribes, reads the answer, and then notes each
/// event. Loop-confined.
///
/// As lean as a client can be that does all of it, because it shares the machine with the hub: one registration with the
/// loop for its life, and no allocation where an answer comes in one piece.
final class Screen: ReadinessHandler {
    private enum Phase: UInt8 { case connecting, securing, upgrading, open, closed }

    static let maskKey = MaskKey(0x0102_0304)
    private static let pong = FrameEncoder.maskedFrame(.pong, [], key: maskKey)
    private static let ping = FrameEncoder.maskedFrame(.text, Array(#"{"type":"ping"}"#.utf8), key: maskKey)
    private static let switching = Array("HTTP/1.1 101".utf8)

    private let reactor: Reactor
    private let swarm: ScreenSwarm
    private let greeting: Greeting
    private let socket: FileDescriptor
    private let tls: ScreenTLS?
    private var watch: Watch?
    private var phase = Phase.connecting
    /// What came of the answer to the handshake, where it came in parts.
    private var head: [UInt8] = []
    private var reader = MessageReader(role: .client, limits: .init(messageBytes: 16 << 20, fragments: 64))
    private var pingedAt: MonotonicTime?

    /// - Parameter source: the address of the loopback network that it comes from.
    init(
        _ reactor: Reactor, _ swarm: ScreenSwarm, port: UInt16, from source: SocketAddress, greeting: Greeting,
        tls context: ScreenTLS.Context?
    ) throws {
        self.reactor = reactor
        self.swarm = swarm
        self.greeting = greeting
        let socket = try Socket.connect(to: .loopback(port: port), from: source)
        let number = socket.number
        tls = try context.map { try ScreenTLS($0, on: number) }
        self.socket = socket
        watch = try reactor.watch(number, for: [.readable, .writable], edgeTriggered: true, handler: self)
    }

    func close() {
        if let watch { reactor.unwatch(watch) }
        watch = nil
        phase = .closed
    }

    /// Asks the hub for a sign of life, unless the last question is still open.
    func askForLife() {
        guard phase == .open, pingedAt == nil else { return }
        pingedAt = .now()
        send(Self.ping)
    }

    func becameReady(_ readiness: Readiness) {
        if phase == .connecting {
            guard readiness.contains(.writable) else { return }
            connected()
        }
        guard !readiness.isDisjoint(with: [.readable, .hangUp]) else { return }
        if phase == .securing, let tls { handshake(tls) }
        if phase != .securing { receive(untilBlocked: tls != nil || !readiness.isDisjoint(with: .hangUp)) }
    }

    /// - Parameter untilBlocked: else a short read has emptied the socket; what comes then makes an edge of its own.
    private func receive(untilBlocked: Bool) {
        while phase != .closed {
            switch tls?.receive(into: reactor.scratch) ?? reactor.scratch.receive(from: socket.number) {
            case .bytes(let count):
                take(count, at: .now())
                if !untilBlocked, count < reactor.scratch.capacity { return }
            case .wouldBlock: return
            case .end, .failed: return fail("the server closed a screen")
            }
        }
    }

    private func connected() {
        if let error = Socket.error(of: socket.number) { return fail(error.description) }
        guard let tls else { return askForUpgrade() }
        phase = .securing
        handshake(tls)
    }

    private func handshake(_ tls: ScreenTLS) {
        switch tls.handshake() {
        case .bytes: askForUpgrade()
        case .wouldBlock: break
        case .end, .failed: fail("the hub refused TLS")
        }
    }

    private func askForUpgrade() {
        phase = .upgrading
        send(greeting.request)
    }

    private func take(_ count: Int, at time: MonotonicTime) {
        guard phase == .upgrading else {
            return reactor.scratch.withMutableSpan(count) { bytes in read(&bytes, from: 0, at: time) }
        }
        if head.isEmpty {
            return reactor.scratch.withMutableSpan(count) { bytes in
                guard let end = upgrade(bytes.span) else {
                    head = [UInt8](copying: bytes.span)
                    return
                }
                read(&bytes, from: end, at: time)
            }
        }
        head += reactor.scratch.copy(count)
        var whole = head
        guard let end = upgrade(whole.span) else { return }
        head = []
        var bytes = whole.mutableSpan
        read(&bytes, from: end, at: time)
    }

    /// Where the frames begin, once the answer's head is complete and says 101; nil before, and where it says no.
    private func upgrade(_ bytes: Span<UInt8>) -> Int? {
        guard let end = endOfHead(bytes) else { return nil }
        guard Self.switching.indices.allSatisfy({ bytes[$0] == Self.switching[$0] }) else {
            fail("the upgrade was refused")
            return nil
        }
        phase = .open
        if let subscribe = greeting.subscribe { send(subscribe) } else { swarm.ready() }
        return end
    }

    private func endOfHead(_ bytes: Span<UInt8>) -> Int? {
        let lineFeed = UInt8(ascii: "\n")
        var index = Self.switching.count + 3
        while index < bytes.count {
            if bytes[index] == lineFeed, bytes[index - 2] == lineFeed { return index + 1 }
            index += 1
        }
        return nil
    }

    private func read(_ bytes: inout MutableSpan<UInt8>, from start: Int, at time: MonotonicTime) {
        var unread = start..<bytes.count
        while let event = reader.next(in: &bytes, unread: &unread) {
            switch event {
            case .text(let payload): payload.withBytes(in: bytes.span) { take(text: $0, at: time) }
            case .ping: send(Self.pong)
            case .pong: break
            case .binary, .compressed, .violation: return fail("a frame that no server here sends")
            case .close(let code, let reason): return fail("closed with \(code.rawValue) \(reason)")
            }
        }
    }

    /// Messages open with their type: `{"type":"event","channel":"clinic:…","seq":42,…`.
    private func take(text: Span<UInt8>, at time: MonotonicTime) {
        guard text.count > 20 else { return }
        switch text[9] {
        case UInt8(ascii: "e"):
            if text[10] == UInt8(ascii: "r") { return fail("the hub answered with an error") }
            swarm.take(event: text, at: time)
        case UInt8(ascii: "s"): swarm.ready()
        case UInt8(ascii: "r"):
            if let pingedAt { swarm.signsOfLife.append(pingedAt.duration(to: time).wholeNanoseconds) }
            pingedAt = nil
        default: break
        }
    }

    /// What a screen says fits into its socket.
    private func send(_ bytes: [UInt8]) {
        if let tls { return tls.send(bytes) }
        _ = unsafe bytes.withUnsafeBytes { unsafe Socket.send(socket.number, $0) }
    }

    private func fail(_ reason: String) {
        guard phase != .closed else { return }
        close()
        swarm.failed(reason)
    }
}
