import Wire

/// The body of an answer that goes out in pieces, each as the peer takes it: no more than one piece is held. Loop-confined.
///
/// To HTTP/1.1 it is chunked (RFC 9112 §7.1), so that the peer knows whether it has all of it; to HTTP/1.0 it ends with the
/// connection.
package final class ResponseStream {
    private var connection: HTTPConnection?
    private let isChunked: Bool
    private let keepsAlive: Bool
    private var waiting: CheckedContinuation<Bool, Never>?

    init(on connection: HTTPConnection, isChunked: Bool, keepsAlive: Bool) {
        self.connection = connection
        self.isChunked = isChunked
        self.keepsAlive = keepsAlive
    }

    /// Sends a piece; returns once the socket has taken it, false where the peer is gone or takes nothing.
    package func write(_ piece: [UInt8]) async -> Bool {
        guard let connection else { return false }
        guard !piece.isEmpty else { return true }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(piece.count + 16)
        if isChunked { bytes += Array("\(String(piece.count, radix: 16))\r\n".utf8) }
        bytes += piece
        if isChunked { bytes += [0x0D, 0x0A] }
        if connection.send(piece: bytes) { return self.connection != nil }
        return await withCheckedContinuation { waiting = $0 }
    }

    /// The answer is whole.
    package func end() {
        guard let connection = detach() else { return }
        connection.endStream(last: isChunked ? Array("0\r\n\r\n".utf8) : [], keepsAlive: keepsAlive)
    }

    /// The answer cannot be made whole: the connection is cut, which the peer can tell from an end.
    package func abort() { detach()?.abort() }

    /// The socket has taken what was written.
    func drained() { resume(true) }

    /// The connection is gone.
    func ended() {
        connection = nil
        resume(false)
    }

    private func resume(_ isTaken: Bool) {
        let continuation = waiting
        waiting = nil
        continuation?.resume(returning: isTaken)
    }

    private func detach() -> HTTPConnection? {
        defer { connection = nil }
        return connection
    }
}
