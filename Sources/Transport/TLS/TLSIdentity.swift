import COpenSSL

/// One certificate with its chain and key as OpenSSL serves it, freed with its owner. Loop-confined.
@safe final class TLSIdentity {
    /// An `SSL_CTX`.
    let context: OpaquePointer

    /// - Throws: where the PEM does not hold what it should, or the key is another certificate's.
    init(_ pair: TLSCertificates.Pair, _ configuration: TLSConfiguration) throws(TLSError) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else { throw Self.refusal }
        unsafe self.context = unsafe context
        try apply(configuration)
        try loadCertificates(pair)
        try loadKey(pair)
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// Whether the certificate is for a host of this name, wildcards included (RFC 6125 §6.4).
    func isFor(_ name: UnsafePointer<CChar>) -> Bool {
        guard let leaf = unsafe SSL_CTX_get0_certificate(context) else { return false }
        return unsafe X509_check_host(leaf, name, 0, 0, nil) == 1
    }

    private func apply(_ configuration: TLSConfiguration) throws(TLSError) {
        let oldest = configuration.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        unsafe SSL_CTX_set_options(
            context,
            hub_ssl_op_no_renegotiation | hub_ssl_op_cipher_server_preference | hub_ssl_op_prioritize_chacha)
        // An idle connection keeps no record buffers, 2 x 16 KiB.
        unsafe hub_ssl_ctx_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
        // Sessions live in tickets, at the client.
        unsafe hub_ssl_ctx_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
        let keys = configuration.ticketKeys
        var name = Array("alert-hub".utf8)
        guard unsafe hub_ssl_ctx_set_minimum_version(context, oldest) == 1,
            // TLS 1.2 with forward secrecy and authenticated encryption alone (RFC 9325 §4.2).
            unsafe SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1,
            unsafe hub_ssl_ctx_ticket_key_length(context) == keys.count,
            unsafe hub_ssl_ctx_set_ticket_keys(context, keys, keys.count) == 1,
            unsafe SSL_CTX_set_session_id_context(context, &name, UInt32(name.count)) == 1
        else { throw Self.refusal }
    }

    private func loadCertificates(_ pair: TLSCertificates.Pair) throws(TLSError) {
        let file = try PEMText(pair.certificate)
        guard let leaf = unsafe PEM_read_bio_X509(file.bio, nil, Self.noPassword, nil) else {
            throw .malformedCertificate(file: pair.files.certificate)
        }
        defer { unsafe X509_free(leaf) }
        guard unsafe SSL_CTX_use_certificate(context, leaf) == 1 else { throw Self.refusal }
        while let next = unsafe PEM_read_bio_X509(file.bio, nil, Self.noPassword, nil) {
            guard unsafe hub_ssl_ctx_add_chain(context, next) == 1 else {
                unsafe X509_free(next)
                throw Self.refusal
            }
        }
        // The end of the text is an error like others; a certificate that is broken is another one.
        let error = ERR_peek_last_error()
        guard error == 0 || Self.reason(error) == PEM_R_NO_START_LINE else {
            throw .malformedCertificate(file: pair.files.certificate)
        }
        ERR_clear_error()
    }

    private func loadKey(_ pair: TLSCertificates.Pair) throws(TLSError) {
        let file = try PEMText(pair.key)
        guard let key = unsafe PEM_read_bio_PrivateKey(file.bio, nil, Self.noPassword, nil) else {
            throw .malformedKey(file: pair.files.key)
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard let leaf = unsafe SSL_CTX_get0_certificate(context), unsafe X509_check_private_key(leaf, key) == 1 else {
            throw .keyOfAnotherCertificate(certificate: pair.files.certificate, key: pair.files.key)
        }
        guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else { throw Self.refusal }
    }

    /// Without it OpenSSL would ask for a password on the terminal.
    private static let noPassword:
        @convention(c) (UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?)
            -> CInt = { _, _, _, _ in -1 }

    private static func reason(_ error: UInt) -> CInt { CInt(truncatingIfNeeded: error & 0x7F_FFFF) }

    /// The oldest error of this thread's queue, in OpenSSL's words.
    private static var refusal: TLSError { .refused(TLSSession.takeErrorText()) }
}

/// PEM text as OpenSSL reads it; the bytes are copied.
@safe private struct PEMText: ~Copyable {
    let bio: OpaquePointer

    init(_ bytes: [UInt8]) throws(TLSError) {
        ERR_clear_error()
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { throw .refused("out of memory") }
        // A short write leaves PEM that is broken, which is found when it is read.
        if !bytes.isEmpty { unsafe BIO_write(bio, bytes, CInt(clamping: bytes.count)) }
        unsafe self.bio = unsafe bio
    }

    deinit { unsafe BIO_free(bio) }
}
