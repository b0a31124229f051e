import COpenSSL
import Glibc
import Platform

/// A screen's end of TLS, by OpenSSL on the socket itself. Believes every certificate. Loop-confined.
@safe final class ScreenTLS {
    /// What all screens share.
    @safe final class Context {
        fileprivate let pointer: OpaquePointer?

        init() { unsafe pointer = SSL_CTX_new(TLS_client_method()) }

        deinit { unsafe SSL_CTX_free(pointer) }
    }

    private let session: OpaquePointer
    private let context: Context

    init(_ context: Context, on descriptor: CInt) throws {
        guard let session = unsafe SSL_new(context.pointer), unsafe SSL_set_fd(session, descriptor) == 1 else {
            throw SystemError("SSL_new", code: ENOMEM)
        }
        unsafe SSL_set_connect_state(session)
        unsafe self.session = unsafe session
        self.context = context
    }

    deinit { unsafe SSL_free(session) }

    /// Goes on; `bytes(0)` when it is done.
    func handshake() -> ReceiveResult {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        return result == 1 ? .bytes(0) : outcome(result)
    }

    func receive(into buffer: ReadBuffer) -> ReceiveResult {
        ERR_clear_error()
        let count = unsafe SSL_read(session, buffer.bytes.baseAddress, CInt(clamping: buffer.capacity))
        return count > 0 ? .bytes(Int(count)) : outcome(count)
    }

    /// What a screen says fits into its socket.
    func send(_ bytes: [UInt8]) {
        ERR_clear_error()
        unsafe SSL_write(session, bytes, CInt(clamping: bytes.count))
    }

    private func outcome(_ result: CInt) -> ReceiveResult {
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .wouldBlock
        case SSL_ERROR_ZERO_RETURN: .end
        default: .failed(SystemError("SSL", code: EPROTO))
        }
    }
}
