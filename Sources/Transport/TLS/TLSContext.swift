import COpenSSL

/// What new TLS connections of one loop are made from: a certificate for each name. Loop-confined; a reload makes a new
/// one, and connections keep the one that they began with.
@safe final class TLSContext {
    private let identities: [TLSIdentity]
    /// `Strict-Transport-Security` of each response; nil: none.
    let strictTransportSecurity: String?

    /// - Throws: where a certificate cannot be served.
    init(_ configuration: TLSConfiguration) throws(TLSError) {
        var identities: [TLSIdentity] = []
        for pair in configuration.certificates.pairs { identities.append(try TLSIdentity(pair, configuration)) }
        self.identities = identities
        let seconds = configuration.strictTransportSecurity.components.seconds
        strictTransportSecurity = seconds > 0 ? "max-age=\(seconds)" : nil
        for identity in identities {
            unsafe hub_ssl_ctx_on_server_name(
                identity.context, Self.chooseCertificate, Unmanaged.passUnretained(self).toOpaque())
            unsafe SSL_CTX_set_alpn_select_cb(identity.context, Self.chooseProtocol, nil)
        }
    }

    /// A new connection's `SSL`, which the caller frees; nil where memory is out.
    func makeSession() -> OpaquePointer? {
        guard let first = identities.first else { return nil }
        return unsafe SSL_new(first.context)
    }

    /// The server name indication (RFC 6066 §3): the first certificate that is for the name, else the first of all.
    private static let chooseCertificate: hub_ssl_server_name_function = { session, _, owner in
        guard let session = unsafe session, let owner = unsafe owner,
            let name = unsafe SSL_get_servername(session, TLSEXT_NAMETYPE_host_name)
        else { return SSL_TLSEXT_ERR_NOACK }
        // The connection in its handshake holds this object.
        let context = unsafe Unmanaged<TLSContext>.fromOpaque(owner).takeUnretainedValue()
        guard let identity = context.identities.first(where: { unsafe $0.isFor(name) }) else {
            return SSL_TLSEXT_ERR_NOACK
        }
        unsafe SSL_set_SSL_CTX(session, identity.context)
        return SSL_TLSEXT_ERR_OK
    }

    private static let http1 = Array("http/1.1".utf8)

    /// RFC 7301: `http/1.1` if the client offers it, else `no_application_protocol`; a client that offers nothing is served.
    private static let chooseProtocol: SSL_CTX_alpn_select_cb_func = { _, chosen, chosenLength, offer, offerLength, _ in
        let offers = unsafe UnsafeBufferPointer(start: offer, count: Int(offerLength))
        var start = 0
        while start < offers.count {
            let length = unsafe Int(offers[start])
            let name = start + 1..<start + 1 + length
            guard name.upperBound <= offers.count, let chosen = unsafe chosen, let base = offers.baseAddress
            else { break }
            if unsafe offers[name].elementsEqual(http1) {
                unsafe chosen.pointee = unsafe base + name.lowerBound
                unsafe chosenLength?.pointee = UInt8(length)
                return SSL_TLSEXT_ERR_OK
            }
            start = name.upperBound
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
