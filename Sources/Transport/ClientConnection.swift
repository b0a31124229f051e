import Cryptography
import Glibc
package import Platform
package import Wire

/// A blocking connection of a client: HTTP requests one after the other, then perhaps a WebSocket. For the command line,
/// which has nothing else to do meanwhile; never on a loop. Every wait ends at its deadline.
package final class ClientConnection {
    /// Why the exchange did not come about.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case system(SystemError)
        case timedOut
        /// The peer ended the connection.
        case ended
        case malformedResponse
        case refusedUpgrade(HTTPStatus)
        /// The WebSocket was closed.
        case closed(CloseCode, String)

        /// For people.
        package var description: String {
            switch self {
            case .system(let error): "\(error)"
            case .timedOut: "no answer in time"
            case .ended: "the connection was ended"
            case .malformedResponse: "the answer is no HTTP"
            case .refusedUpgrade(let status): "status \(status.rawValue) instead of a WebSocket"
            case .closed(let code, let reason): "closed with \(code.rawValue) \(reason)"
            }
        }
    }

    private let socket: FileDescriptor
    private var input: [UInt8] = []
    private var reader = MessageReader(role: .client, limits: .init(messageBytes: 16 << 20, fragments: 1024))

    /// Connects within `limit`.
    package init(_ address: SocketAddress, within limit: Duration) throws(Failure) {
        do { socket = try Socket.connect(to: address) } catch { throw .system(error) }
        try wait(for: POLLOUT, until: MonotonicTime.now().advanced(by: limit))
        if let error = Socket.error(of: socket.number) { throw .system(error) }
    }

    // MARK: HTTP

    /// Sends a request and reads its answer.
    package func exchange(_ request: [UInt8], within limit: Duration) throws(Failure) -> HTTPResponse {
        let deadline = MonotonicTime.now().advanced(by: limit)
        try send(request, until: deadline)
        var parser = HTTPResponseParser(limits: HTTPLimits(maximumBodyBytes: 16 << 20))
        while true {
            do throws(HTTPParseError) {
                let step = try parser.parse(input)
                input.removeFirst(step.consumed)
                if case .response(let response) = step.event { return response }
            } catch {
                throw .malformedResponse
            }
            try receive(until: deadline)
        }
    }

    // MARK: WebSocket

    /// Asks for the upgrade and checks the answer.
    package func open(
        _ handshake: ClientHandshake, target: String, host: String, within limit: Duration
    ) throws(Failure) {
        let response = try exchange(handshake.request(target: target, host: host), within: limit)
        do {
            _ = try handshake.check(response, sha1: SHA1.hash)
        } catch {
            throw .refusedUpgrade(response.status)
        }
    }

    /// Sends a text message; the mask is random, as RFC 6455 section 5.3 wants.
    package func send(text: [UInt8], within limit: Duration = .seconds(5)) throws(Failure) {
        try send(
            FrameEncoder.maskedFrame(.text, text, key: MaskKey(UInt32.random(in: 0...UInt32.max))),
            until: MonotonicTime.now().advanced(by: limit))
    }

    /// The next text message; pings are answered meanwhile.
    package func nextText(until deadline: MonotonicTime) throws(Failure) -> [UInt8] {
        while true {
            var bytes = input
            var unread = 0..<bytes.count
            var found: [UInt8]?
            var pong: [UInt8]?
            var failure: Failure?
            var span = bytes.mutableSpan
            loop: while let event = reader.next(in: &span, unread: &unread) {
                switch event {
                case .text(let payload):
                    found = payload.bytes(in: span.span)
                    break loop
                case .ping(let payload):
                    pong = payload.bytes(in: span.span)
                    break loop
                case .close(let code, let reason):
                    failure = .closed(code, reason)
                    break loop
                case .violation, .compressed:
                    failure = .malformedResponse
                    break loop
                case .binary, .pong: break
                }
            }
            input = Array(bytes[unread])
            if let failure { throw failure }
            if let found { return found }
            if let pong {
                try send(
                    FrameEncoder.maskedFrame(.pong, pong, key: MaskKey(UInt32.random(in: 0...UInt32.max))),
                    until: deadline)
                continue
            }
            try receive(until: deadline)
        }
    }

    // MARK: Bytes

    private func send(_ bytes: [UInt8], until deadline: MonotonicTime) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch unsafe rest.withUnsafeBytes({ unsafe Socket.send(socket.number, $0) }) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock: try wait(for: POLLOUT, until: deadline)
            case .failed(let error): throw .system(error)
            }
        }
    }

    private func receive(until deadline: MonotonicTime) throws(Failure) {
        let buffer = ReadBuffer(capacity: 64 << 10)
        while true {
            switch buffer.receive(from: socket.number) {
            case .bytes(let count):
                input.append(contentsOf: buffer.copy(count))
                return
            case .wouldBlock: try wait(for: POLLIN, until: deadline)
            case .end: throw .ended
            case .failed(let error): throw .system(error)
            }
        }
    }

    private func wait(for events: CInt, until deadline: MonotonicTime) throws(Failure) {
        while true {
            let left = MonotonicTime.now().duration(to: deadline).wholeNanoseconds
            guard left > 0 else { throw .timedOut }
            var entry = pollfd(fd: socket.number, events: Int16(events), revents: 0)
            if unsafe poll(&entry, 1, CInt(clamping: (left &+ 999_999) / 1_000_000)) > 0 { return }
        }
    }
}
