/// Why bytes are not an acceptable JSON document, and where. The caller answers 400 or closes with 1007.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: String, Sendable {
        case tooLarge = "the document is larger than allowed"
        case tooDeep = "arrays and objects are nested too deeply"
        case unexpectedEnd = "the document ends too early"
        case unexpectedByte = "this byte cannot stand here"
        case trailingBytes = "something follows the value"
        case invalidUTF8 = "the text is not UTF-8"
        case invalidEscape = "this escape sequence does not exist"
        case loneSurrogate = "half of a surrogate pair stands alone"
        case controlCharacter = "a control character must be escaped"
        case nulCharacter = "the character U+0000 is not accepted"
        case invalidNumber = "this is not a JSON number"
        case numberOutOfRange = "the number is too large or too long"
        case duplicateName = "the object has this name twice"
        case notAnObject = "the document must be an object"
    }

    package let reason: Reason
    /// Bytes before the offending one.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(reason.rawValue) (byte \(offset))" }
}

/// A field of a well-formed document is missing or not what the handler accepts. The caller answers 400 or 422.
///
/// It holds no value of the document, so it may be logged and sent back.
package struct JSONFieldError: Error, Equatable, CustomStringConvertible {
    /// The path of the field, such as `steps[2].delaySeconds`.
    package let field: String
    /// What would have been accepted, such as `string of at most 500 characters`.
    package let expected: String
    /// What was there: a type's name, `nothing`, or what is wrong with the value.
    package let actual: String

    package init(field: String, expected: String, actual: String) {
        self.field = field
        self.expected = expected
        self.actual = actual
    }

    package var description: String { "\(field): expected \(expected), found \(actual)" }
}

/// What the reader accepts of a peer.
package struct JSONLimits: Equatable, Sendable {
    /// Bytes of the whole document.
    package var maximumBytes: Int
    /// Arrays and objects around a value; a flat object has depth 1. The reader recurses as deep.
    package var maximumDepth: Int

    package init(maximumBytes: Int = 65_536, maximumDepth: Int = 32) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
    }
}
