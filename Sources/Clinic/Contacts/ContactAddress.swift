/// Where a contact leads: a number, a token or a URL. It names a person, so it prints masked.
package enum ContactAddress: Hashable, Sendable {
    case phone(PhoneNumber)
    /// What the push service calls an app on one device: 16 to 4,096 visible ASCII characters.
    case pushToken(String)
    /// An absolute `https` URL of at most 2,048 characters whose host is a name of the DNS: neither an address nor
    /// this machine.
    case webhook(String)

    /// `nil` where the text is not an address of this kind.
    package init?(_ text: String, kind: ContactKind) {
        switch kind {
        case .sms, .voice:
            guard let phone = PhoneNumber(text) else { return nil }
            self = .phone(phone)
        case .push:
            guard (16...4_096).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                return nil
            }
            self = .pushToken(text)
        case .webhook:
            guard text.utf8.count <= 2_048, Self.host(ofURL: text) != nil else { return nil }
            self = .webhook(text)
        }
    }

    /// What an address of a kind must be, for an error.
    package static func expectation(of kind: ContactKind) -> String {
        switch kind {
        case .sms, .voice: "a telephone number in E.164 form, such as +15005550101"
        case .push: "a push token of 16 to 4096 visible ASCII characters"
        case .webhook: "an https URL of at most 2048 characters whose host is a name"
        }
    }

    /// The text to seal, and to hand to a gateway.
    package var text: String {
        switch self {
        case .phone(let phone): phone.e164
        case .pushToken(let token): token
        case .webhook(let url): url
        }
    }

    /// Enough to tell one's own contacts apart: `+…01`, `…9f3c`, `https://pager.example.org/…`.
    package var masked: String {
        switch self {
        case .phone(let phone): phone.description
        case .pushToken(let token): "…\(token.suffix(4))"
        case .webhook(let url): "https://\(Self.host(ofURL: url) ?? "")/…"
        }
    }

    private static func host(ofURL text: String) -> String? {
        let scheme = "https://"
        guard text.hasPrefix(scheme), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), !text.contains("#"),
            !text.contains("\\")
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = parts.first.map({ $0.lowercased() }), isName(host) else { return nil }
        if parts.count == 2 {
            guard let port = UInt16(parts[1]), port > 0 else { return nil }
        }
        return host
    }

    /// Two labels at least, the last one not a number: what is left out are addresses and names of one's own network.
    private static func isName(_ host: String) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { byte in
                    (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d
                }
        }
        guard labels.count >= 2, host.utf8.count <= 253, isPlain, let last = labels.last else { return false }
        return last.utf8.contains { (0x61...0x7a).contains($0) } && last != "localhost" && last != "internal"
            && last != "local"
    }
}

extension ContactAddress: CustomStringConvertible, CustomReflectable {
    /// The masked form.
    package var description: String { masked }
    /// A mirror that shows the masked form only.
    package var customMirror: Mirror { Mirror(self, children: ["masked": masked]) }
}
