/// The line that parts the parts of a body (RFC 2046 §5.1.1): 1 to 70 characters that the sender chose.
package struct MultipartBoundary: Equatable, Sendable {
    let bytes: [UInt8]

    /// Reads the `Content-Type` of a request, which must name `multipart/form-data` and one boundary (RFC 7578 §4.1).
    ///
    /// - Throws: `notFormData` where it is another type or stands twice, `malformedBoundary`.
    package init(_ fields: HTTPFields) throws(MultipartError) {
        guard fields.count(of: "Content-Type") == 1, let text = fields["Content-Type"] else { throw .notFormData }
        guard fields.mediaType == "multipart/form-data" else { throw .notFormData }
        guard let type = ParameterizedValue(text), let boundary = type["boundary"], let valid = Self(boundary) else {
            throw .malformedBoundary
        }
        self = valid
    }

    /// A boundary as it stands in the parameter, without quotes. Nil where it has other characters than RFC 2046's, more
    /// than 70 of them, none, or a space at its end.
    package init?(_ text: String) {
        bytes = Array(text.utf8)
        guard (1...70).contains(bytes.count), bytes.allSatisfy(Self.isBoundaryByte), bytes.last != 0x20 else {
            return nil
        }
    }

    /// `bchars`. There is no CR among them, so a delimiter that is not completed never hides the start of another one.
    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "+"), UInt8(ascii: "_"),
            UInt8(ascii: ","), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"),
            UInt8(ascii: "="), UInt8(ascii: "?"), 0x20:
            true
        default: false
        }
    }
}
