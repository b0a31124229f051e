import COpenSSL
import Glibc
import Platform
import Testing
import Wire

/// A client's end of a TLS connection. OpenSSL works in memory, so that a test decides how the records are cut.
final class TLSPeer: Peer {
    struct Options {
        var host = "one.test"
        var version: CInt?
        var protocols: [String] = ["http/1.1"]
        var session: Session?
        /// Bytes of one send; nil sends all at once.
        var piece: Int?
    }

    /// A session to be resumed.
    final class Session {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { self.pointer = pointer }
        deinit { SSL_SESSION_free(pointer) }
    }

    private let context: OpaquePointer
    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private let piece: Int?

    init(port: UInt16, options: Options = Options(), receiveBuffer: CInt? = nil) throws {
        context = try #require(SSL_CTX_new(TLS_client_method()))
        hub_ssl_ctx_set_session_cache_mode(context, Int(SSL_SESS_CACHE_CLIENT))
        if let version = options.version {
            _ = hub_ssl_ctx_set_minimum_version(context, version)
            _ = hub_ssl_ctx_set_maximum_version(context, version)
        }
        session = try #require(SSL_new(context))
        incoming = try #require(BIO_new(BIO_s_mem()))
        outgoing = try #require(BIO_new(BIO_s_mem()))
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_connect_state(session)
        _ = hub_ssl_set_server_name(session, options.host)
        let offer = options.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        if !offer.isEmpty { SSL_set_alpn_protos(session, offer, UInt32(offer.count)) }
        if let resumed = options.session { SSL_set_session(session, resumed.pointer) }
        piece = options.piece
        try super.init(port: port, receiveBuffer: receiveBuffer)
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
    }

    // MARK: Handshake

    func handshake() throws {
        while true {
            ERR_clear_error()
            let result = SSL_do_handshake(session)
            try flush()
            if result == 1 { return }
            guard SSL_get_error(session, result) == SSL_ERROR_WANT_READ else { throw Failure(what: "TLS: \(error)") }
            guard try fill() else { throw Failure(what: "closed in the handshake") }
        }
    }

    /// Sends the first flight only.
    func beginHandshake() throws {
        ERR_clear_error()
        _ = SSL_do_handshake(session)
        try flush()
    }

    var version: CInt { SSL_version(session) }
    var isResumed: Bool { SSL_session_reused(session) == 1 }

    /// The common name of the server's certificate.
    var servedName: String? {
        guard let certificate = SSL_get0_peer_certificate(session) else { return nil }
        var name = [CChar](repeating: 0, count: 256)
        let length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, &name, 256)
        return length < 0
            ? nil : String(decoding: name.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    var chosenProtocol: String? {
        var bytes: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(session, &bytes, &length)
        return bytes.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(length)), as: UTF8.self) }
    }

    /// The session for another connection; with TLS 1.3 once something was read.
    var ticket: Session? { SSL_get1_session(session).map(Session.init) }

    /// Whether the server said in TLS that it sends no more.
    var hasCloseNotify: Bool { SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN != 0 }

    // MARK: Bytes

    override func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            ERR_clear_error()
            let count = rest.withUnsafeBytes { SSL_write(session, $0.baseAddress, CInt($0.count)) }
            try flush()
            guard count > 0 else { throw Failure(what: "TLS: \(error)") }
            rest = rest.dropFirst(Int(count))
        }
    }

    override func read(atMost limit: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            ERR_clear_error()
            let count = SSL_read(session, &bytes, CInt(limit))
            try flush()
            if count > 0 { return Array(bytes.prefix(Int(count))) }
            switch SSL_get_error(session, count) {
            case SSL_ERROR_ZERO_RETURN: return []
            case SSL_ERROR_WANT_READ: guard try fill() else { throw Failure(what: "cut without close_notify") }
            default: throw Failure(what: "TLS: \(error)")
            }
        }
    }

    /// Ends the sending half in TLS, not in TCP.
    func sendCloseNotify() throws {
        SSL_shutdown(session)
        try flush()
    }

    /// Asks the server for a renegotiation (TLS 1.2) or new keys (TLS 1.3).
    func askForNewKeys() throws {
        if version == TLS1_3_VERSION {
            SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED)
        } else {
            SSL_renegotiate(session)
        }
        _ = SSL_do_handshake(session)
        try flush()
    }

    /// The records of `bytes`, not sent.
    func seal(_ bytes: [UInt8]) throws -> [UInt8] {
        try #require(SSL_write(session, bytes, CInt(bytes.count)) == bytes.count)
        return pending()
    }

    private var error: String {
        let error = ERR_peek_error()
        return ERR_reason_error_string(error).map { String(cString: $0) } ?? "\(error)"
    }

    private func pending() -> [UInt8] {
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = BIO_read(outgoing, &bytes, CInt(bytes.count))
            guard count > 0 else { return all }
            all += bytes.prefix(Int(count))
        }
    }

    private func flush() throws {
        let bytes = pending()
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + (piece ?? bytes.count))
            try write(Array(bytes[start..<end]))
            start = end
        }
    }

    private func fill() throws -> Bool {
        let bytes = try readRaw(atMost: 65_536)
        guard !bytes.isEmpty else { return false }
        try #require(BIO_write(incoming, bytes, CInt(bytes.count)) == bytes.count)
        return true
    }
}
