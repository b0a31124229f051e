import COpenSSL
import Platform

/// OpenSSL's state of one connection, freed with its owner. No call blocks: all of them work on the loop's ``TLSWire``.
@safe struct TLSSession: ~Copyable {
    /// What a call came to.
    enum Outcome: Equatable {
        case bytes(Int)
        /// A record, or a handshake message, has not arrived whole.
        case needsInput
        /// The peer has sent its close_notify.
        case ended
        /// The peer broke the protocol, or OpenSSL failed; the connection speaks TLS no more. An alert may stand on the wire.
        case failed
    }

    private let session: OpaquePointer
    /// OpenSSL takes no smaller limit.
    private static let leastLongestWrite = 512

    /// Nil where memory is out.
    init?(_ context: TLSContext, over wire: TLSWire) {
        ERR_clear_error()
        guard let session = unsafe context.makeSession() else { return nil }
        guard let end = unsafe wire.makeEnd() else {
            unsafe SSL_free(session)
            return nil
        }
        unsafe SSL_set_bio(session, end, end)
        unsafe SSL_set_accept_state(session)
        unsafe self.session = unsafe session
    }

    deinit { unsafe SSL_free(session) }

    /// Where it begins.
    var memory: MemoryHint { unsafe MemoryHint(UnsafeRawPointer(session)) }

    /// Goes on with the handshake; `bytes(0)` when it is done.
    func handshake() -> Outcome {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        return result == 1 ? .bytes(0) : outcome(result)
    }

    /// Opens the next record into `target`.
    func read(into target: UnsafeMutableRawBufferPointer) -> Outcome {
        ERR_clear_error()
        let result = unsafe SSL_read(session, target.baseAddress, CInt(clamping: target.count))
        return result > 0 ? .bytes(Int(result)) : outcome(result)
    }

    /// Seals `source`, 1 to 16,384 bytes, in one record; false where the connection is broken.
    ///
    /// OpenSSL takes a buffer for the longest record that may be written, and gives it back; most are far shorter than
    /// 16 KiB, and a small buffer is found at once and soils less of the cache.
    func write(_ source: UnsafeRawBufferPointer) -> Bool {
        // Nobody asks for the error, so the thread's list of them need not be emptied first.
        unsafe hub_ssl_set_longest_write(session, max(Self.leastLongestWrite, source.count))
        return unsafe SSL_write(session, source.baseAddress, CInt(clamping: source.count)) == source.count
    }

    /// Seals the close_notify, once.
    func closeNotify() {
        guard unsafe SSL_get_shutdown(session) & SSL_SENT_SHUTDOWN == 0 else { return }
        ERR_clear_error()
        unsafe SSL_shutdown(session)
    }

    /// Whether the session was taken up from a ticket.
    var isResumed: Bool { unsafe SSL_session_reused(session) == 1 }

    private func outcome(_ result: CInt) -> Outcome {
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: .needsInput
        case SSL_ERROR_ZERO_RETURN: .ended
        default: .failed
        }
    }

    /// The oldest error of this thread, in OpenSSL's words, which hold nothing of the peer's; empties the queue.
    static func takeErrorText() -> String {
        let error = ERR_get_error()
        ERR_clear_error()
        guard error != 0, let words = unsafe ERR_reason_error_string(error) else { return "unknown error" }
        return unsafe String(cString: words)
    }
}
