import Foundation
import Glibc
import Platform

/// A server on loopback whose every connection runs a script on a thread of its own, with blocking calls.
final class ScriptedServer: Sendable {
    let port: UInt16
    private let listener: CInt
    private let seen = Locked<[String]>([])
    private let accepted = Locked(0)
    private let closed = Locked(0)

    init(_ script: @escaping @Sendable (ScriptedConnection) -> Void) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound, listen(descriptor, 128) == 0 else { throw SystemError("listen") }
        listener = descriptor
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [listener, seen, accepted, closed] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                let number = accepted.withLock { count in
                    count += 1
                    return count
                }
                Thread.detachNewThread {
                    script(ScriptedConnection(descriptor: connection, number: number, seen: seen, closed: closed))
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Every request that was read whole, in order.
    var requests: [String] { seen.withLock { $0 } }

    /// Connections that were accepted.
    var connectionCount: Int { accepted.withLock { $0 } }

    /// Connections that were closed from this side.
    var closedCount: Int { closed.withLock { $0 } }

    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }
}

/// One accepted connection; the script closes it, or it is closed when the script ends.
final class ScriptedConnection: Sendable {
    /// 1 for the first connection of the server.
    let number: Int
    private let descriptor: CInt
    private let seen: Locked<[String]>
    private let closed: Locked<Int>

    init(descriptor: CInt, number: Int, seen: Locked<[String]>, closed: Locked<Int>) {
        self.closed = closed
        self.descriptor = descriptor
        self.number = number
        self.seen = seen
    }

    deinit {
        close(descriptor)
        closed.withLock { $0 += 1 }
    }

    /// Reads a request with its body; nil at the end of the connection.
    func readRequest() -> String? {
        var bytes: [UInt8] = []
        while true {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let text = String(decoding: bytes, as: UTF8.self)
            if let head = text.range(of: "\r\n\r\n") {
                let length = text[..<head.lowerBound].split(separator: "\r\n")
                    .first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
                if text[head.upperBound...].utf8.count >= length ?? 0 {
                    seen.withLock { $0.append(text) }
                    return text
                }
            }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: chunk.prefix(count))
        }
    }

    func send(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    func answer(_ body: String = "", status: String = "200 OK") {
        send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Ends with a RST instead of a FIN.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Waits until the client has closed the connection.
    func waitForEnd() {
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) > 0 {}
    }
}
