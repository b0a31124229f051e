/// What a client wrote in `Sec-WebSocket-Protocol` (RFC 6455 section 4.1, item 10).
///
/// A browser can set no header, so a token may come here as `bearer.<token>`. It is a secret, not a protocol: never chosen,
/// never echoed.
package struct SubprotocolOffer: Equatable, Sendable {
    /// The protocols offered, the preferred first, without the token.
    package let names: [String]
    package let bearerToken: String?

    private static let bearerPrefix = "bearer."

    /// Reads the members of the list; nil if one is no token of RFC 9110, stands twice, or two bear tokens.
    package init?(_ members: [String]) {
        var names: [String] = []
        var bearerToken: String?
        for member in members {
            guard isToken(member) else { return nil }
            if member.hasPrefix(Self.bearerPrefix) {
                guard bearerToken == nil, member.utf8.count > Self.bearerPrefix.utf8.count else { return nil }
                bearerToken = String(Substring(member.utf8.dropFirst(Self.bearerPrefix.utf8.count)))
            } else {
                guard !names.contains(member) else { return nil }
                names.append(member)
            }
        }
        self.names = names
        self.bearerToken = bearerToken
    }

    /// The first offered name that is supported; nil: none is echoed.
    package func choice(among supported: [String]) -> String? {
        names.first { supported.contains($0) }
    }
}
