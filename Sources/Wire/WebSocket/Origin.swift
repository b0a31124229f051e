/// A web origin: scheme, host and port (RFC 6454). Two are the same only if all three are.
package struct Origin: Hashable, Sendable {
    package let scheme: Scheme
    /// In small letters; an IPv6 address keeps its brackets.
    package let host: String
    package let port: UInt16

    /// The schemes that a page can have which may open a socket here.
    package enum Scheme: String, Sendable {
        case http
        case https

        var defaultPort: UInt16 { self == .http ? 80 : 443 }
    }

    /// Reads `scheme://host[:port]`. Nil for anything else: `null`, other schemes, a path, user information, a pattern.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let scheme: Scheme
        if equalsIgnoringCase(text.prefix(7), "http://") {
            scheme = .http
        } else if equalsIgnoringCase(text.prefix(8), "https://") {
            scheme = .https
        } else {
            return nil
        }
        self.init(scheme, authority: bytes[(scheme.rawValue.utf8.count + 3)...])
    }

    /// The origin of a server that was addressed by this scheme and this `Host` field.
    package init?(_ scheme: Scheme, host: String) {
        self.init(scheme, authority: Array(host.utf8)[...])
    }

    private init?(_ scheme: Scheme, authority: ArraySlice<UInt8>) {
        let host: ArraySlice<UInt8>
        if authority.first == UInt8(ascii: "[") {
            guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = authority[...end]
            let address = host.dropFirst().dropLast()
            guard !address.isEmpty, address.allSatisfy(Self.isAddressByte) else { return nil }
        } else {
            host = authority.prefix { $0 != UInt8(ascii: ":") }
            guard !host.isEmpty, host.allSatisfy(Self.isNameByte) else { return nil }
        }
        var port = scheme.defaultPort
        let rest = authority[host.endIndex...]
        if !rest.isEmpty {
            guard rest.first == UInt8(ascii: ":"), rest.dropFirst().allSatisfy(isDigit),
                let number = UInt16(String(decoding: rest.dropFirst(), as: UTF8.self)), number > 0
            else { return nil }
            port = number
        }
        self.scheme = scheme
        self.host = String(decoding: host.map(lowercased), as: UTF8.self)
        self.port = port
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch lowercased(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: isDigit(byte)
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        hexadecimalDigit(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }
}

/// Which pages may open a socket (RFC 6455 section 10.2). Guards against a foreign page using a user's network position.
package struct OriginPolicy: Equatable, Sendable {
    /// What a client without an `Origin` field needs. A browser always sends one.
    package enum WithoutOrigin: Sendable {
        case isAdmitted
        /// It must bring a bearer token in the handshake.
        case needsBearer
    }

    /// Admitted besides the server's own.
    package var admitted: Set<Origin>
    /// Whether a page that this server itself delivered is admitted: the origin is scheme and `Host` of this very request.
    package var admitsOwn: Bool
    package var withoutOrigin: WithoutOrigin
    /// Admits everyone. For the echo endpoint of conformance suites only.
    package var admitsAll: Bool

    package init(
        admitted: Set<Origin> = [], admitsOwn: Bool = true, withoutOrigin: WithoutOrigin = .isAdmitted,
        admitsAll: Bool = false
    ) {
        self.admitted = admitted
        self.admitsOwn = admitsOwn
        self.withoutOrigin = withoutOrigin
        self.admitsAll = admitsAll
    }

    /// Whether a request may go on.
    ///
    /// - Parameters:
    ///   - origins: the values of its `Origin` fields.
    ///   - own: the origin it addressed.
    ///   - hasBearer: whether it brought a token.
    package func admits(_ origins: [String], own: Origin?, hasBearer: Bool) -> Bool {
        if admitsAll { return true }
        if origins.isEmpty { return withoutOrigin == .isAdmitted || hasBearer }
        guard origins.count == 1, let origin = Origin(origins[0]) else { return false }
        return admitted.contains(origin) || (admitsOwn && origin == own)
    }
}
