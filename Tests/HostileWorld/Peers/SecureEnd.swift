import COpenSSL
import Testing

/// A peer's end of TLS, in memory: what it sends and is sent are records for the simulated connection. Not verified: who the
/// hub is was proved elsewhere.
final class SecureEnd {
    private let context: OpaquePointer
    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private(set) var isReady = false

    init() throws {
        context = try #require(SSL_CTX_new(TLS_client_method()))
        session = try #require(SSL_new(context))
        incoming = try #require(BIO_new(BIO_s_mem()))
        outgoing = try #require(BIO_new(BIO_s_mem()))
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_connect_state(session)
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
    }

    /// Whether the hub said in TLS that it sends no more.
    var isToldEnd: Bool { SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN != 0 }

    /// The first flight.
    func begin() -> [UInt8] {
        shake()
        return pending()
    }

    /// Opens records; what is to be answered, such as the next flight, comes back too.
    func receive(_ records: [UInt8]) -> (plain: [UInt8], reply: [UInt8]) {
        BIO_write(incoming, records, CInt(records.count))
        if !isReady { shake() }
        var plain: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while isReady {
            ERR_clear_error()
            let count = SSL_read(session, &bytes, CInt(bytes.count))
            guard count > 0 else { break }
            plain += bytes.prefix(Int(count))
        }
        return (plain, pending())
    }

    /// The records of `plain`.
    func seal(_ plain: [UInt8]) -> [UInt8] {
        guard !plain.isEmpty else { return [] }
        ERR_clear_error()
        SSL_write(session, plain, CInt(plain.count))
        return pending()
    }

    /// The record that says that no more is sent.
    func end() -> [UInt8] {
        ERR_clear_error()
        SSL_shutdown(session)
        return pending()
    }

    private func shake() {
        ERR_clear_error()
        isReady = SSL_do_handshake(session) == 1
    }

    private func pending() -> [UInt8] {
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = BIO_read(outgoing, &bytes, CInt(bytes.count))
            guard count > 0 else { return all }
            all += bytes.prefix(Int(count))
        }
    }
}
