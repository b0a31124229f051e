/// The secret of a one-time link: 128 random bits, 22 characters of base64url. It does not print.
package struct AnswerToken: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package static let length = 22

    /// The characters that stand in the link; nowhere else.
    package let disclosed: String

    /// `nil` for anything but 22 characters of base64url.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        disclosed = String(text)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    package var description: String { "answer token" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Where the hub's one-time links begin: `https://host/a/`, short enough for a text of one segment.
package struct AnswerLinkBase: Hashable, Sendable {
    /// `https://`, a host of 26 characters, and `/a/`.
    package static let maximumLength = 37
    private let text: String

    /// `publicURL` has a scheme and a host and no slash at its end; `nil` where links under it would be too long, or have
    /// characters beyond ASCII letters, digits and `-._:/`.
    package init?(publicURL: String) {
        let base = publicURL + "/a/"
        guard base.utf8.count <= Self.maximumLength, base.utf8.allSatisfy(Self.isAllowed) else { return nil }
        text = base
    }

    package func link(_ token: AnswerToken) -> AnswerLink { AnswerLink(description: text + token.disclosed) }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-")...UInt8(ascii: "/"), UInt8(ascii: ":"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// A link that a text may carry; only a base and a token make one.
package struct AnswerLink: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    fileprivate init(description: String) { self.description = description }
}
