import Glibc
import Platform
import Wire

/// An HTTP server for one test on a free port of 127.0.0.1. Each connection has a thread of its own, so that an answer may
/// wait as long as it likes.
final class BlockingHTTPServer: Sendable {
    let port: UInt16
    private let listener: FileDescriptor
    private let isEnding = Locked(false)

    init() throws {
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else { throw ClientFailure.malformed("address") }
        listener = try Socket.listen(on: address)
        guard let bound = Socket.localAddress(of: listener.number) else { throw ClientFailure.malformed("port") }
        port = bound.port
    }

    /// Answers from now on, on threads of this name. Called once.
    func serve(as name: String, _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) throws {
        let acceptor = try EventLoop<Void>(name: name) { _ in }
        acceptor.post { [self] _ in
            accept(name, answer)
            acceptor.stop()
        }
    }

    /// Stops listening.
    func end() { isEnding.withLock { $0 = true } }

    private func accept(_ name: String, _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
        while !isEnding.withLock({ $0 }) {
            var event = pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&event, 1, 50) > 0 else { continue }
            guard case .connection(let connection, _) = Socket.accept(listener.number) else { continue }
            let socket = ClientSocket(connection)
            guard let thread = try? EventLoop<Void>(name: name, makeState: { _ in }) else { continue }
            thread.post { [self] _ in
                try? serve(socket, answer)
                thread.stop()
            }
        }
    }

    private func serve(_ socket: ClientSocket, _ answer: (HTTPRequest) -> HTTPResponse) throws {
        var parser = HTTPRequestParser()
        while !isEnding.withLock({ $0 }) {
            let bytes: [UInt8]
            do {
                bytes = try socket.receive(until: MonotonicTime.now().advanced(by: .milliseconds(200)))
            } catch {
                guard case .timedOut = error else { throw error }
                continue
            }
            if bytes.isEmpty { return }
            var rest = bytes[...]
            while !rest.isEmpty {
                let step = try parser.parse(rest)
                rest = rest.dropFirst(step.consumed)
                if case .request(let request) = step.event {
                    var encoded: [UInt8] = []
                    answer(request).encode(into: &encoded, date: nil, keepsAlive: true)
                    try socket.send(encoded)
                }
            }
        }
    }
}
