import Clinic
import Glibc
import Platform
import Wire

/// One screen under fire: it keeps its position, comes back with it however it lost its connection, and demands that every
/// event be the next one. Loop-confined.
final class FireClient: ReadinessHandler {
    private enum Phase { case apart, connecting, upgrading, open }

    /// What the screens of a clinic say first.
    struct Greeting {
        let request: [UInt8]
        let channel: String

        init(clinic: String, _ hub: HubProcess) throws {
            let token = try hub.tokens.token(.admin, clinic: clinic)
            let handshake = ClientHandshake(
                nonce: [UInt8](repeating: 9, count: 16), subprotocols: ["alert-hub.v1", "bearer.\(token)"])
            request = handshake.request(target: "/ws", host: "127.0.0.1:\(hub.port)")
            channel = "clinic:\(clinic)"
        }
    }

    let number: Int
    let clinic: Int
    /// The newest event it has, and the one after which it began.
    private(set) var seq: Int64 = 0
    private(set) var beganAfter: Int64 = 0
    private(set) var digest = EventDigest()
    private(set) var count = 0
    private(set) var resumes = 0
    private(set) var isSubscribed = false
    private unowned let range: FireRange
    private let greeting: Greeting
    private var epoch: String?
    private var phase = Phase.apart
    private var socket: FileDescriptor?
    private var watch: Watch?
    private var head: [UInt8] = []
    private var reader = FireClient.makeReader()
    private static let pong = FrameEncoder.maskedFrame(.pong, [], key: MaskKey(0x0102_0304))
    private static let endOfHead = Array("\r\n\r\n".utf8)

    init(_ range: FireRange, number: Int, clinic: Int, _ greeting: Greeting) {
        self.range = range
        self.number = number
        self.clinic = clinic
        self.greeting = greeting
    }

    private static func makeReader() -> MessageReader {
        MessageReader(role: .client, limits: .init(messageBytes: 16 << 20, fragments: 64))
    }

    // MARK: Coming and going

    func connect() {
        guard phase == .apart else { return }
        do {
            // Screens come from many addresses, none of them too many.
            guard let hub = SocketAddress(host: "127.0.0.1", port: range.port),
                let own = SocketAddress(host: "127.0.2.\(1 + number % 50)", port: 0)
            else { return }
            let socket = try Socket.connect(to: hub, from: own)
            watch = try range.reactor.watch(
                socket.number, for: [.readable, .writable], edgeTriggered: true, handler: self)
            self.socket = consume socket
            phase = .connecting
        } catch {
            comeBackLater()
        }
    }

    /// The network is gone, in the middle of whatever was being said.
    func drop() {
        leave()
        comeBackLater()
    }

    private func leave() {
        if let watch { range.reactor.unwatch(watch) }
        watch = nil
        _ = socket.take()
        phase = .apart
        isSubscribed = false
        head = []
        reader = Self.makeReader()
    }

    private func comeBackLater() {
        _ = range.reactor.schedule(after: range.pause()) { [weak self] in self?.connect() }
    }

    func becameReady(_ readiness: Readiness) {
        if phase == .connecting {
            guard let number = socket?.number, Socket.error(of: number) == nil else { return drop() }
            phase = .upgrading
            send(greeting.request)
        }
        while let number = socket?.number {
            switch range.reactor.scratch.receive(from: number) {
            case .bytes(let count): take(count)
            case .wouldBlock: return
            case .end, .failed: return drop()
            }
        }
    }

    private func send(_ bytes: [UInt8]) {
        guard let number = socket?.number else { return }
        _ = unsafe bytes.withUnsafeBytes { unsafe Socket.send(number, $0) }
    }

    // MARK: Reading

    private func take(_ count: Int) {
        guard phase == .upgrading else {
            return range.reactor.scratch.withMutableSpan(count) { bytes in read(&bytes) }
        }
        head += range.reactor.scratch.copy(count)
        guard let end = head.firstRange(of: Self.endOfHead)?.upperBound else { return }
        // A hub that stops says 503.
        guard head.starts(with: Array("HTTP/1.1 101".utf8)) else { return drop() }
        phase = .open
        send(FrameEncoder.maskedFrame(.text, subscribe, key: MaskKey(0x0102_0304)))
        var rest = Array(head[end...])
        head = []
        var bytes = rest.mutableSpan
        read(&bytes)
    }

    private var subscribe: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("type", "subscribe")
            json.field("channel", greeting.channel)
            guard let epoch else { return }
            json.field(
                "since",
                object: { json in
                    json.field("epoch", epoch)
                    json.field("seq", seq)
                })
        }
        return json.bytes
    }

    private func read(_ bytes: inout MutableSpan<UInt8>) {
        var unread = 0..<bytes.count
        while phase == .open, let event = reader.next(in: &bytes, unread: &unread) {
            switch event {
            case .text(let payload): payload.withBytes(in: bytes.span) { take(text: $0) }
            case .ping: send(Self.pong)
            case .close: return drop()
            case .pong: break
            case .binary, .compressed, .violation: range.fault("screen \(number) was sent a frame that no hub sends")
            }
        }
    }

    /// `{"type":"event","channel":"clinic:…","seq":42,"event":"alert:new",…`
    private func take(text: Span<UInt8>) {
        guard text.count > 12 else { return }
        switch (text[9], text[10]) {
        case (UInt8(ascii: "e"), UInt8(ascii: "v")): take(event: text)
        case (UInt8(ascii: "s"), _): subscribed([UInt8](copying: text))
        case (UInt8(ascii: "e"), _): drop()
        default: break
        }
    }

    private func subscribed(_ text: [UInt8]) {
        guard let message = try? JSONReader.readObject(text, limits: .document),
            let told = message["epoch"]?.stringValue,
            let position = message["seq"]?.integerValue
        else { return range.fault("screen \(number) cannot read the answer to its subscribe") }
        isSubscribed = true
        if epoch == nil {
            epoch = told
            seq = position
            beganAfter = position
        } else {
            resumes += 1
            guard message["recovered"] == true, told == epoch, position == seq else {
                return range.fault("screen \(number) came back with \(seq) and was told \(position) of \(told)")
            }
        }
    }

    private func take(event: Span<UInt8>) {
        guard let parts = EventParts(event) else { return range.fault("screen \(number) cannot read an event") }
        guard isSubscribed, parts.seq == seq + 1 else {
            return range.fault("screen \(number) was sent \(parts.seq) after \(seq)")
        }
        seq = parts.seq
        count += 1
        digest.add(seq: seq, kind: event.extracting(parts.kind), alert: event.extracting(parts.alert))
    }
}
