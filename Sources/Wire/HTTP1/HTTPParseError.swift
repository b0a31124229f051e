/// Why a peer's bytes are not an acceptable HTTP/1.1 message.
///
/// After any of them the position in the stream is lost: the server answers `status` with `Connection: close` and
/// closes; a client closes. The text holds nothing of the peer's bytes.
package enum HTTPParseError: String, Error, Equatable, CaseIterable {
    // The head.
    case malformedRequestLine = "the request line is malformed"
    case malformedStatusLine = "the status line is malformed"
    case malformedFieldLine = "a header line is malformed"
    case whitespaceBeforeColon = "a header name is followed by white space"
    case obsoleteLineFolding = "a header is folded over several lines"
    case bareLineFeed = "a line ends with LF instead of CR LF"
    case bareCarriageReturn = "a CR is not followed by LF"
    case controlCharacter = "the head holds a control character"
    case requestLineTooLong = "the request line is too long"
    case headTooLarge = "the header is too large"
    case tooManyFields = "there are too many header fields"
    case unknownMethod = "the method is not known"
    case methodNotAllowed = "the method is not allowed"
    case unsupportedVersion = "the HTTP version is not supported"
    case malformedTarget = "the request target is malformed"
    case forbiddenPath = "the path leads out of its place"
    case missingHost = "the Host header is missing"
    case duplicateHost = "there is more than one Host header"
    case malformedHost = "the Host header is malformed"
    case unmetExpectation = "the expectation is not known"
    // The framing of the body.
    case conflictingLengths = "Content-Length and Transfer-Encoding stand together"
    case duplicateContentLength = "there is more than one Content-Length"
    case malformedContentLength = "the Content-Length is malformed"
    case malformedTransferEncoding = "the Transfer-Encoding is malformed"
    case unsupportedTransferCoding = "the transfer coding is not supported"
    case lengthRequired = "the length of the body is missing"
    case bodyTooLarge = "the body is too large"
    case malformedChunk = "a chunk is malformed"
    case chunkSizeOverflow = "a chunk size is too large"
    case forbiddenTrailer = "a trailer holds a field that belongs into the header"
    // The stream.
    case truncated = "the message ended too early"
    case timedOut = "the message did not arrive in time"

    /// What a server answers.
    package var status: HTTPStatus {
        switch self {
        case .methodNotAllowed: .methodNotAllowed
        case .timedOut: .requestTimeout
        case .lengthRequired: .lengthRequired
        case .bodyTooLarge, .chunkSizeOverflow: .contentTooLarge
        case .requestLineTooLong: .targetTooLong
        case .unmetExpectation: .expectationFailed
        case .headTooLarge, .tooManyFields: .headTooLarge
        case .unknownMethod, .unsupportedTransferCoding: .notImplemented
        case .unsupportedVersion: .versionNotSupported
        case .malformedStatusLine: .badGateway
        case .malformedRequestLine, .malformedFieldLine, .whitespaceBeforeColon, .obsoleteLineFolding, .bareLineFeed,
            .bareCarriageReturn, .controlCharacter, .malformedTarget, .forbiddenPath, .missingHost, .duplicateHost,
            .malformedHost, .conflictingLengths, .duplicateContentLength, .malformedContentLength,
            .malformedTransferEncoding, .malformedChunk, .forbiddenTrailer, .truncated:
            .badRequest
        }
    }
}

/// What a message of a peer may cost.
package struct HTTPLimits: Equatable, Sendable {
    /// Bytes of start line and header together, line ends included; also of all trailers and chunk extensions together.
    package var maximumHeadBytes: Int
    /// Header fields; also trailer fields.
    package var maximumFields: Int
    /// Bytes of the body, chunk framing not counted.
    package var maximumBodyBytes: Int

    package init(maximumHeadBytes: Int = 8_192, maximumFields: Int = 64, maximumBodyBytes: Int = 65_536) {
        self.maximumHeadBytes = maximumHeadBytes
        self.maximumFields = maximumFields
        self.maximumBodyBytes = maximumBodyBytes
    }
}
