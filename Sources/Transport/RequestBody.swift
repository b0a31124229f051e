/// The body of one request as it comes, for a single reader on the connection's loop.
///
/// One part is read ahead; what the reader has not taken stays in the kernel, so a peer that is faster than the disk waits.
package final class RequestBody {
    /// The connection ended, or what came was no body, or it did not come in time. The peer was answered, where it could be.
    package struct Lost: Error {}

    private let connection: HTTPConnection
    private var part: [UInt8]?
    private var isComplete = false
    private var isLost = false
    private var reader: CheckedContinuation<Result<[UInt8]?, Lost>, Never>?

    init(on connection: HTTPConnection) { self.connection = connection }

    /// Whether the next part has a place.
    var wantsMore: Bool { part == nil && !isComplete && !isLost }

    /// The next part, never empty, at most one read of the loop (64 KiB); nil behind the last. One call at a time.
    package func next() async throws(Lost) -> [UInt8]? {
        if let part {
            self.part = nil
            connection.bodyIsWanted(self)
            return part
        }
        if isComplete { return nil }
        if isLost { throw Lost() }
        precondition(reader == nil, "a body has one reader")
        return try await withCheckedContinuation { continuation in
            reader = continuation
            connection.bodyIsWanted(self)
        }.get()
    }

    /// Takes what has arrived; only while more is wanted.
    func received(_ bytes: [UInt8], isLast: Bool) {
        isComplete = isLast
        if let reader, !bytes.isEmpty || isLast {
            self.reader = nil
            reader.resume(returning: .success(bytes.isEmpty ? nil : bytes))
        } else if !bytes.isEmpty {
            part = bytes
        }
    }

    /// No more will come; nothing happens where all has.
    func lose() {
        guard !isComplete else { return }
        isLost = true
        part = nil
        reader?.resume(returning: .failure(Lost()))
        reader = nil
    }
}
