import Cryptography

/// How a hub speaks TLS: the same for all its loops, so that a session of one is resumed on another. A value.
package struct TLSConfiguration: Sendable, Equatable {
    /// The oldest version that is spoken; the newest is 1.3.
    package enum Version: Sendable, Equatable {
        case tls12, tls13
    }

    package let certificates: TLSCertificates
    package var minimumVersion = Version.tls12
    /// How long browsers are told to come by TLS alone (RFC 6797); zero tells them nothing.
    package var strictTransportSecurity: Duration = .zero
    /// The keys of session tickets. A configuration that is made anew has new ones: so a session that began under a
    /// certificate that was replaced ends with it, and old tickets open nothing that is recorded later.
    let ticketKeys: [UInt8]

    package init(_ certificates: TLSCertificates) {
        self.certificates = certificates
        ticketKeys = SecureRandom.bytes(Self.ticketKeyLength)
    }

    /// Whether these certificates can be served: throws what a server would throw.
    package func check() throws(TLSError) { _ = try TLSContext(self) }

    /// Name, HMAC-SHA256 key and AES-256 key, as OpenSSL takes them.
    static let ticketKeyLength = 80
}
