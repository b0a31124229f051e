import Glibc
import Platform
import TestSupport
import Wire

/// A small HTTP server on a thread of its own, that answers by a closure; one connection and one request at a time.
final class AnsweringServer: Sendable {
    let port: UInt16
    private let listener: FileDescriptor
    private let isEnding = Locked(false)
    private let answer: @Sendable (HTTPRequest) -> HTTPResponse

    init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) throws {
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else { throw ClientFailure.malformed("address") }
        listener = try Socket.listen(on: address)
        guard let bound = Socket.localAddress(of: listener.number) else { throw ClientFailure.malformed("port") }
        port = bound.port
        self.answer = answer
        let thread = try EventLoop<Void>(name: "server") { _ in }
        thread.post { [self] _ in
            accept()
            thread.stop()
        }
    }

    func end() { isEnding.withLock { $0 = true } }

    private func accept() {
        while !isEnding.withLock({ $0 }) {
            var event = pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0)
            guard poll(&event, 1, 20) > 0 else { continue }
            guard case .connection(let connection, _) = Socket.accept(listener.number) else { continue }
            serve(ClientSocket(connection))
        }
    }

    private func serve(_ socket: ClientSocket) {
        var parser = HTTPRequestParser(limits: HTTPLimits(maximumBodyBytes: 16 << 20))
        while !isEnding.withLock({ $0 }) {
            guard let bytes = try? socket.receive(until: MonotonicTime.now().advanced(by: .seconds(2))), !bytes.isEmpty
            else { return }
            var rest = bytes[...]
            while !rest.isEmpty {
                guard let step = try? parser.parse(rest) else { return }
                rest = rest.dropFirst(step.consumed)
                if case .expectsContinue = step.event { try? socket.send(HTTPResponse.continueBytes) }
                guard case .request(let request) = step.event else { continue }
                var encoded: [UInt8] = []
                answer(request).encode(into: &encoded, date: nil, keepsAlive: false)
                try? socket.send(encoded)
                return
            }
        }
    }
}
