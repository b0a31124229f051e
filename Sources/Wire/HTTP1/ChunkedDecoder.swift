/// Takes a chunked body apart (RFC 9112 §7.1), however the peer splits it, looking at each byte of the framing once.
///
///     chunked-body = *( chunk-size [ chunk-ext ] CRLF chunk-data CRLF ) "0" [ chunk-ext ] CRLF trailers CRLF
struct ChunkedDecoder {
    /// The trailer fields, complete when the body is.
    private(set) var trailers = HTTPFields()

    private var state = State.sizeStart
    private var size: UInt64 = 0
    private var sizeDigits = 0
    // Bytes of extensions and trailers together, held to the limit of a head.
    private var extraBytes = 0
    private var trailerLine: [UInt8] = []

    private enum State {
        case sizeStart, size, whitespace, chunkExtension, sizeLineFeed, data, dataReturn, dataLineFeed
        case trailerStart, trailer, trailerLineFeed, finalLineFeed
    }

    // Of 16 digits the largest is UInt64.max; more are refused even where they are zeros.
    private static let maximumSizeDigits = 16

    /// Appends what it finds to `body` and moves `offset`; true when the body is complete, else all bytes were taken.
    mutating func decode(
        _ input: Span<UInt8>, _ offset: inout Int, into body: inout [UInt8], limits: HTTPLimits
    ) throws(HTTPParseError) -> Bool {
        while offset < input.count {
            if state == .data {
                let count = Int(min(size, UInt64(input.count - offset)))
                body.append(copying: input.extracting(offset..<offset + count))
                offset += count
                size -= UInt64(count)
                if size == 0 { state = .dataReturn }
                continue
            }
            let byte = input[offset]
            offset += 1
            if try step(byte, bodyBytes: body.count, limits) { return true }
        }
        return false
    }

    private mutating func step(
        _ byte: UInt8, bodyBytes: Int, _ limits: HTTPLimits
    ) throws(HTTPParseError) -> Bool {
        switch state {
        case .sizeStart, .size: try sizeByte(byte, bodyBytes, limits)
        case .whitespace:
            try countExtra(limits)
            if byte == UInt8(ascii: ";") {
                state = .chunkExtension
            } else if byte != 0x20, byte != 0x09 {
                throw .malformedChunk
            }
        case .chunkExtension:
            try countExtra(limits)
            if byte == 0x0D {
                state = .sizeLineFeed
            } else if byte == 0x0A {
                throw .bareLineFeed
            } else if isControl(byte) {
                throw .malformedChunk
            }
        case .sizeLineFeed:
            guard byte == 0x0A else { throw .bareCarriageReturn }
            state = size == 0 ? .trailerStart : .data
            sizeDigits = 0
        case .dataReturn:
            guard byte == 0x0D else { throw byte == 0x0A ? .bareLineFeed : .malformedChunk }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0A else { throw .bareCarriageReturn }
            state = .sizeStart
        case .trailerStart, .trailer, .trailerLineFeed, .finalLineFeed: return try trailerByte(byte, limits)
        case .data: throw .malformedChunk
        }
        return false
    }

    private mutating func sizeByte(_ byte: UInt8, _ bodyBytes: Int, _ limits: HTTPLimits) throws(HTTPParseError) {
        if let digit = hexadecimalDigit(byte) {
            guard sizeDigits < Self.maximumSizeDigits else { throw .chunkSizeOverflow }
            sizeDigits += 1
            size = size << 4 | UInt64(digit)
            state = .size
            return
        }
        guard state == .size else { throw .malformedChunk }
        let room = UInt64(max(0, limits.maximumBodyBytes - bodyBytes))
        guard size <= room else { throw .bodyTooLarge }
        switch byte {
        case 0x0D: state = .sizeLineFeed
        case 0x0A: throw .bareLineFeed
        case UInt8(ascii: ";"): state = .chunkExtension
        case 0x20, 0x09: state = .whitespace
        default: throw .malformedChunk
        }
    }

    private mutating func trailerByte(_ byte: UInt8, _ limits: HTTPLimits) throws(HTTPParseError) -> Bool {
        try countExtra(limits)
        switch state {
        case .trailerLineFeed:
            guard byte == 0x0A else { throw .bareCarriageReturn }
            try finishTrailer(limits)
            state = .trailerStart
        case .finalLineFeed:
            guard byte == 0x0A else { throw .bareCarriageReturn }
            return true
        default:
            if byte == 0x0D {
                state = state == .trailerStart ? .finalLineFeed : .trailerLineFeed
            } else {
                if byte == 0x0A { throw .bareLineFeed }
                trailerLine.append(byte)
                state = .trailer
            }
        }
        return false
    }

    private mutating func finishTrailer(_ limits: HTTPLimits) throws(HTTPParseError) {
        guard trailers.lines.count < limits.maximumFields else { throw .tooManyFields }
        let line = trailerLine
        trailerLine = []
        try appendFieldLine(line.span, to: &trailers)
        // RFC 9110 §6.5.1: framing, routing and authentication must be known before the body.
        if let name = trailers.lines.last?.name,
            Self.forbiddenTrailers.contains(where: { equalsIgnoringCase($0, name) })
        {
            throw .forbiddenTrailer
        }
    }

    private static let forbiddenTrailers = [
        "Content-Length", "Transfer-Encoding", "Host", "Connection", "Authorization", "Content-Type",
        "Content-Encoding", "Trailer", "Upgrade", "Expect", "Cookie", "Set-Cookie",
    ]

    private mutating func countExtra(_ limits: HTTPLimits) throws(HTTPParseError) {
        extraBytes += 1
        if extraBytes > limits.maximumHeadBytes { throw .headTooLarge }
    }
}
