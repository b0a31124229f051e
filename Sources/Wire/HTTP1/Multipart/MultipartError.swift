/// Why a body is not an acceptable `multipart/form-data`. The text holds nothing of the peer's bytes.
///
/// After any of them the parser is used up; the caller answers `status` and keeps nothing of the parts.
package enum MultipartError: String, Error, Equatable, CaseIterable {
    case notFormData = "the body is not multipart/form-data"
    case malformedBoundary = "the boundary is missing, doubled or malformed"
    // The framing.
    case preamble = "something stands before the first part"
    case malformedDelimiter = "a line that begins with the boundary is no delimiter"
    case epilogue = "something stands behind the last part"
    case truncated = "the body ended before its last delimiter"
    // The header of a part.
    case malformedHeader = "the header of a part is malformed"
    case headTooLarge = "the header of a part is too large"
    case tooManyFields = "the header of a part has too many fields"
    case notUTF8 = "the header of a part is not UTF-8"
    case malformedDisposition = "the Content-Disposition of a part is missing, doubled or malformed"
    case missingName = "a part has no name"
    case duplicateName = "two parts have the same name"
    case nested = "a part is multipart itself"
    case unsupportedEncoding = "the Content-Transfer-Encoding of a part is not supported"
    // The limits.
    case tooManyParts = "there are too many parts"
    case partTooLarge = "a part is too large"
    case tooLarge = "the parts together are too large"

    /// What a server answers.
    package var status: HTTPStatus {
        switch self {
        case .notFormData, .nested, .unsupportedEncoding: .unsupportedMediaType
        case .partTooLarge, .tooLarge, .tooManyParts: .contentTooLarge
        case .malformedBoundary, .preamble, .malformedDelimiter, .epilogue, .truncated, .malformedHeader, .headTooLarge,
            .tooManyFields, .notUTF8, .malformedDisposition, .missingName, .duplicateName:
            .badRequest
        }
    }
}

/// What a multipart body may cost.
package struct MultipartLimits: Equatable, Sendable {
    /// Parts of one body.
    package var maximumParts: Int
    /// Bytes of one part's header, line ends included; also of the white space behind a delimiter.
    package var maximumHeadBytes: Int
    /// Fields of one part's header.
    package var maximumFields: Int
    /// Bytes of one part's body.
    package var maximumPartBytes: Int
    /// Bytes of all parts' bodies together.
    package var maximumBytes: Int
    /// Whether parts may have the same name, as the files of one `<input type=file multiple>` do (RFC 7578 §4.3).
    package var allowsRepeatedNames: Bool

    package init(
        maximumParts: Int = 16, maximumHeadBytes: Int = 2_048, maximumFields: Int = 8,
        maximumPartBytes: Int = 65_536, maximumBytes: Int = 65_536, allowsRepeatedNames: Bool = false
    ) {
        self.maximumParts = maximumParts
        self.maximumHeadBytes = maximumHeadBytes
        self.maximumFields = maximumFields
        self.maximumPartBytes = maximumPartBytes
        self.maximumBytes = maximumBytes
        self.allowsRepeatedNames = allowsRepeatedNames
    }
}
