import Platform

/// Sealed records of many connections, which leave by one system call. Loop-confined; empty between two turns.
///
/// The records are copied together: sealing one connection's after the other's leaves OpenSSL's code in the cache, and
/// the kernel's comes after it once, not a thousand times.
final class SealedBatch {
    private struct Part {
        let connection: Connection
        let range: Range<Int>
    }

    /// Bytes held at most, longest records aside: what the processor's own cache holds.
    private static let mostBytes = 256 << 10

    private let ring: SendRing
    private var bytes: [UInt8] = []
    private var parts: [Part] = []

    init(_ ring: SendRing) { self.ring = ring }

    /// Adds what a connection has to send, behind which nothing of it may be sent otherwise before `submit`. The
    /// connection's queue is empty; it may not be any more when this returns false, and then nothing was added.
    func add(_ sealed: [UInt8], of connection: Connection) -> Bool {
        if parts.last?.connection === connection {
            // The kernel may do one and refuse the next, which must not overtake what the queue then holds.
            submit()
            guard connection.outbox == nil else { return false }
        }
        if parts.count == SendRing.capacity || bytes.count + sealed.count > Self.mostBytes { submit() }
        parts.append(Part(connection: connection, range: bytes.count..<bytes.count + sealed.count))
        bytes += sealed
        return true
    }

    /// Sends all, and tells each connection of which the socket did not take all.
    func submit() {
        guard !parts.isEmpty else { return }
        unsafe bytes.withUnsafeBytes { bytes in
            for (index, part) in parts.enumerated() {
                let records = unsafe UnsafeRawBufferPointer(rebasing: bytes[part.range])
                unsafe ring.add(part.connection.number, records, mark: index)
            }
            ring.submit { index, result in
                let part = parts[index]
                guard Int(result) != part.range.count else { return }
                unsafe part.connection.settleSealed(UnsafeRawBufferPointer(rebasing: bytes[part.range]), result)
            }
        }
        parts.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }
}
