/// How the end of a body is found (RFC 9112 §6.3), decided strictly: what two readers might see differently is refused.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// No framing field at all: nothing for a request, up to the end of the stream for a response.
    case unspecified

    /// The framing that the fields name, held to the limit of the body.
    init(_ fields: HTTPFields, version: HTTPVersion, limits: HTTPLimits) throws(HTTPParseError) {
        let codings = fields.all("Transfer-Encoding")
        let lengths = fields.all("Content-Length")
        if !codings.isEmpty {
            guard lengths.isEmpty else { throw .conflictingLengths }
            guard version == .http11 else { throw .malformedTransferEncoding }
            let words = fields.list("Transfer-Encoding")
            guard let last = words.last else { throw .malformedTransferEncoding }
            if codings.count == 1, equalsIgnoringCase(codings[0], "chunked") {
                self = .chunked
                return
            }
            // `chunked` that is not last, or stands twice, leaves the length unknown; other codings are merely not served.
            let chunkedCount = words.count { equalsIgnoringCase($0, "chunked") }
            if chunkedCount > 1 || chunkedCount == 1 && !equalsIgnoringCase(last, "chunked") {
                throw .malformedTransferEncoding
            }
            throw .unsupportedTransferCoding
        }
        guard let length = lengths.first else {
            self = .unspecified
            return
        }
        guard lengths.count == 1 else { throw .duplicateContentLength }
        let value = try Self.length(length)
        guard value <= UInt64(max(0, limits.maximumBodyBytes)) else { throw .bodyTooLarge }
        self = value == 0 ? .none : .length(Int(value))
    }

    private static func length(_ text: String) throws(HTTPParseError) -> UInt64 {
        guard !text.isEmpty, text.utf8.allSatisfy(isDigit) else { throw .malformedContentLength }
        var value: UInt64 = 0
        for digit in text.utf8 {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(UInt64(digit & 0x0F))
            guard !overflow, !carry else { throw .malformedContentLength }
            value = sum
        }
        return value
    }
}
