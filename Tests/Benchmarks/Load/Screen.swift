import Clinic
import Glibc
import Platform
import Wire

/// What a screen says first.
struct Greeting {
    /// The request for the upgrade. All screens ask with the same nonce, which is theirs to choose.
    let request: [UInt8]
    /// The frame that subscribes.
    let subscribe: [UInt8]

    init(clinic: ClinicID, token: String) {
        let handshake = ClientHandshake(
            nonce: [UInt8](repeating: 7, count: 16), subprotocols: ["alert-hub.v1", "bearer.\(token)"])
        request = handshake.request(target: "/ws", host: "127.0.0.1")
        subscribe = FrameEncoder.maskedFrame(
            .text, Array(#"{"type":"subscribe","channel":"clinic:\#(clinic)"}"#.utf8), key: MaskKey(0x0102_0304))
    }
}

/// One screen: connects, subscribes, and notes each event. Loop-confined.
final class Screen: ReadinessHandler {
    private enum Phase {
        case connecting
        case securing(ScreenTLS)
        case upgrading([UInt8])
        case open
        case closed
    }

    private let reactor: Reactor
    private let swarm: ScreenSwarm
    private let socket: FileDescriptor
    private let tls: ScreenTLS?
    private var watch: Watch?
    private var phase = Phase.connecting
    private var reader = MessageReader(role: .client, limits: .init(messageBytes: 16 << 20, fragments: 64))
    private static let pong = FrameEncoder.maskedFrame(.pong, [], key: MaskKey(0x0102_0304))

    init(_ reactor: Reactor, _ swarm: ScreenSwarm, port: UInt16, tls context: ScreenTLS.Context?) throws {
        self.reactor = reactor
        self.swarm = swarm
        let socket = try Socket.connect(to: .loopback(port: port))
        let number = socket.number
        tls = try context.map { try ScreenTLS($0, on: number) }
        self.socket = socket
        watch = try reactor.watch(number, for: .writable, handler: self)
    }

    func close() {
        if let watch { reactor.unwatch(watch) }
        watch = nil
        phase = .closed
    }

    func becameReady(_ readiness: Readiness) {
        switch phase {
        case .connecting: connected()
        case .securing(let tls): handshake(tls)
        case .upgrading, .open: receive()
        case .closed: break
        }
    }

    private func receive() {
        while true {
            switch tls?.receive(into: reactor.scratch) ?? reactor.scratch.receive(from: socket.number) {
            case .bytes(let count): take(count, at: .now())
            case .wouldBlock: return
            case .end, .failed: return fail("the hub closed a screen")
            }
            // A plain socket that has more is reported again.
            if tls == nil { return }
            if case .closed = phase { return }
        }
    }

    private func connected() {
        if let error = Socket.error(of: socket.number) { return fail(error.description) }
        if let watch { reactor.rewatch(watch, for: .readable) }
        guard let tls else { return upgrade() }
        phase = .securing(tls)
        handshake(tls)
    }

    private func handshake(_ tls: ScreenTLS) {
        switch tls.handshake() {
        case .bytes: upgrade()
        case .wouldBlock: break
        case .end, .failed: fail("the hub refused TLS")
        }
    }

    private func upgrade() {
        phase = .upgrading([])
        if let greeting = swarm.greeting { send(greeting.request) }
    }

    private func take(_ count: Int, at time: MonotonicTime) {
        if case .upgrading(var head) = phase {
            head += reactor.scratch.copy(count)
            guard let end = head.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else {
                phase = .upgrading(head)
                return
            }
            guard head.starts(with: Array("HTTP/1.1 101".utf8)) else {
                return fail(String(decoding: head.prefix(200), as: UTF8.self))
            }
            phase = .open
            if let greeting = swarm.greeting { send(greeting.subscribe) }
            var rest = Array(head[end...])
            var bytes = rest.mutableSpan
            return read(&bytes, at: time)
        }
        reactor.scratch.withMutableSpan(count) { bytes in read(&bytes, at: time) }
    }

    private func read(_ bytes: inout MutableSpan<UInt8>, at time: MonotonicTime) {
        var unread = 0..<bytes.count
        while let event = reader.next(in: &bytes, unread: &unread) {
            switch event {
            case .text(let payload): payload.withBytes(in: bytes.span) { take(text: $0, at: time) }
            case .ping: send(Self.pong)
            case .pong: break
            case .binary, .compressed, .violation: return fail("a frame that no hub sends")
            case .close(let code, let reason): return fail("closed with \(code.rawValue) \(reason)")
            }
        }
    }

    /// Messages open with their type: `{"type":"event","channel":"clinic:…","seq":42,…`.
    private func take(text: Span<UInt8>, at time: MonotonicTime) {
        guard text.count > 20 else { return }
        switch text[9] {
        case UInt8(ascii: "e"):
            if let seq = seq(in: text) { swarm.arrivals.add(seq, at: time) }
        case UInt8(ascii: "s"): swarm.ready()
        default: break
        }
    }

    private func seq(in text: Span<UInt8>) -> Int64? {
        var index = 16
        while index + 6 < text.count {
            if text[index] == UInt8(ascii: "q"), text[index + 1] == UInt8(ascii: "\""),
                text[index + 2] == UInt8(ascii: ":")
            {
                index += 3
                var seq: Int64 = 0
                while index < text.count, text[index] >= UInt8(ascii: "0"), text[index] <= UInt8(ascii: "9") {
                    seq = seq &* 10 &+ Int64(text[index] - UInt8(ascii: "0"))
                    index += 1
                }
                return seq
            }
            index += 1
        }
        return nil
    }

    /// What a screen says fits into its socket.
    private func send(_ bytes: [UInt8]) {
        if let tls { return tls.send(bytes) }
        _ = unsafe bytes.withUnsafeBytes { unsafe Socket.send(socket.number, $0) }
    }

    private func fail(_ reason: String) {
        close()
        swarm.failed(reason)
    }
}
