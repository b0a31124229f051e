import Glibc

/// What a receive on a non-blocking socket came to.
package enum ReceiveResult: Equatable, Sendable {
    /// So many bytes stand at the start of the buffer.
    case bytes(Int)
    /// Nothing now; wait for readiness.
    case wouldBlock
    /// The peer has finished sending.
    case end
    /// The socket failed; close it.
    case failed(SystemError)
}

/// A fixed buffer that one loop shares among all its connections, so that an idle connection owns none.
@safe package final class ReadBuffer {
    /// The memory itself, of fixed size; valid while this object lives.
    package let bytes: UnsafeMutableRawBufferPointer

    package init(capacity: Int) {
        unsafe bytes = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe bytes.deallocate() }

    package var capacity: Int { unsafe bytes.count }

    /// Receives what a socket has, at most `capacity` bytes, into the start of the buffer.
    package func receive(from descriptor: CInt) -> ReceiveResult {
        while true {
            let count = unsafe recv(descriptor, bytes.baseAddress, bytes.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed(SystemError("recv"))
            }
        }
    }

    /// A copy of the first `count` bytes.
    package func copy(_ count: Int) -> [UInt8] { unsafe Array(bytes.prefix(count)) }

    /// Runs `body` with the first `count` bytes, changeable in place (to unmask a frame without copying it).
    package func withMutableSpan<Result, Failure: Error>(
        _ count: Int, _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let memory = unsafe bytes.prefix(count).withMemoryRebound(to: UInt8.self) { unsafe $0 }
        var span = unsafe MutableSpan(_unsafeElements: memory)
        return try body(&span)
    }
}
