import Glibc
import Platform
import Wire

/// One system call for several frames, whose bytes stay where they are.
enum GatheredSend {
    /// Sends `frames`, without the first `offset` bytes of the first one; never raises SIGPIPE.
    static func send(_ descriptor: CInt, _ frames: ArraySlice<OutboundFrame?>, skipping offset: Int) -> SendResult {
        unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: frames.count) { vectors in
            unsafe gather(frames, skipping: offset, into: vectors, filled: 0) { count in
                var message = unsafe msghdr()
                unsafe message.msg_iov = vectors.baseAddress
                unsafe message.msg_iovlen = count
                while true {
                    let sent = unsafe sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL))
                    if sent >= 0 { return .bytes(sent) }
                    switch errno {
                    case EINTR: continue
                    case EAGAIN: return .wouldBlock
                    default: return .failed(SystemError("sendmsg"))
                    }
                }
            }
        }
    }

    /// Each frame's bytes are borrowed while the rest is gathered, so all pointers hold when `body` runs.
    private static func gather(
        _ frames: ArraySlice<OutboundFrame?>, skipping offset: Int, into vectors: UnsafeMutableBufferPointer<iovec>,
        filled: Int, _ body: (Int) -> SendResult
    ) -> SendResult {
        guard let first = frames.first, let frame = first else { return body(filled) }
        return unsafe frame.bytes.withUnsafeBytes { bytes in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes.dropFirst(offset))
            unsafe vectors[filled] = unsafe iovec(
                iov_base: UnsafeMutableRawPointer(mutating: rest.baseAddress), iov_len: rest.count)
            return unsafe gather(frames.dropFirst(), skipping: 0, into: vectors, filled: filled + 1, body)
        }
    }
}
