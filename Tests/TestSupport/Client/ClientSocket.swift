import Glibc
package import Platform

/// What went wrong on the way to a server under test.
package enum ClientFailure: Error, Equatable {
    /// Nobody listens, or the socket failed; the call and its error number.
    case system(String, CInt)
    /// The server did not do it in time.
    case timedOut(String)
    /// The server closed before the answer was complete.
    case closed
    /// The server's bytes are not what the protocol allows.
    case malformed(String)
}

/// One end of a TCP connection on 127.0.0.1: it blocks its thread, with a deadline for every wait.
package final class ClientSocket: Sendable {
    private let descriptor: FileDescriptor

    package init(port: UInt16, within limit: Duration = .seconds(5)) throws(ClientFailure) {
        guard let address = SocketAddress(host: "127.0.0.1", port: port) else { throw .malformed("address") }
        do {
            descriptor = try Socket.connect(to: address)
        } catch {
            throw .system("connect", error.code)
        }
        guard Self.wait(descriptor.number, POLLOUT, until: MonotonicTime.now().advanced(by: limit)) else {
            throw .timedOut("connect")
        }
        if let error = Socket.error(of: descriptor.number) { throw .system("connect", error.code) }
    }

    /// Takes a connection that was accepted.
    package init(_ accepted: consuming FileDescriptor) { descriptor = accepted }

    /// Sends all of it.
    package func send(_ bytes: [UInt8], within limit: Duration = .seconds(10)) throws(ClientFailure) {
        let deadline = MonotonicTime.now().advanced(by: limit)
        var offset = 0
        while offset < bytes.count {
            let rest = bytes.span.extracting(droppingFirst: offset)
            let result = unsafe rest.withUnsafeBytes { unsafe Socket.send(descriptor.number, $0) }
            switch result {
            case .bytes(let count): offset += count
            case .failed(let error): throw .system("send", error.code)
            case .wouldBlock:
                guard Self.wait(descriptor.number, POLLOUT, until: deadline) else { throw .timedOut("send") }
            }
        }
    }

    /// The next bytes; empty where the server has finished. A reset counts as finished.
    package func receive(until deadline: MonotonicTime) throws(ClientFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe recv(descriptor.number, &bytes, bytes.count, 0)
            if count >= 0 { return Array(bytes.prefix(count)) }
            switch errno {
            case EINTR: continue
            case ECONNRESET: return []
            case EAGAIN:
                guard Self.wait(descriptor.number, POLLIN, until: deadline) else { throw .timedOut("receive") }
            case let code: throw .system("recv", code)
            }
        }
    }

    /// Everything up to the server's end.
    package func receiveAll(within limit: Duration = .seconds(10)) throws(ClientFailure) -> [UInt8] {
        let deadline = MonotonicTime.now().advanced(by: limit)
        var all: [UInt8] = []
        while true {
            let more = try receive(until: deadline)
            if more.isEmpty { return all }
            all += more
        }
    }

    /// Ends the sending half: the server reads to the end and then sees the end.
    package func finishSending() { Socket.shutDownSending(descriptor.number) }

    private static func wait(_ descriptor: CInt, _ events: CInt, until deadline: MonotonicTime) -> Bool {
        while true {
            let left = MonotonicTime.now().duration(to: deadline).wholeNanoseconds
            var event = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = unsafe poll(&event, 1, CInt(clamping: (left &+ 999_999) / 1_000_000))
            if count > 0 { return true }
            if count == 0, left == 0 { return false }
        }
    }
}
