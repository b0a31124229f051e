/// The sender's name in a text message: the only value that somebody writes freely, so it is checked on entry.
///
/// 1 to 20 letters and digits of ASCII, single spaces between words, and `&`, `-`, `.` inside. Each counts one GSM-7
/// septet.
package struct Brand: Hashable, Sendable, CustomStringConvertible {
    /// The most characters of a brand; the longest template still fits one segment with it.
    package static let maximumLength = 20

    package let description: String

    /// `nil` if the text is not as described above.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...Self.maximumLength).contains(bytes.count), let first = bytes.first, let last = bytes.last,
            bytes.allSatisfy(Self.isAllowed), first.isLetterOrDigit, last.isLetterOrDigit,
            !zip(bytes, bytes.dropFirst()).contains(where: { !$0.isLetterOrDigit && $0 == $1 })
        else { return nil }
        description = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || " &-.".utf8.contains(byte)
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
