/// Gathers the bytes of a head up to its empty line, looking at each byte once, however the peer splits them.
///
/// It refuses bare CR, bare LF, control characters and whatever exceeds the limits as soon as they arrive.
struct HeadScanner {
    /// The head so far; when complete, without the final empty line, each line ending with CR LF.
    private(set) var bytes: [UInt8] = []
    private var state = State.lineStart
    private var lines = 0
    private var skippedEmptyLine: Bool

    private enum State {
        case lineStart, line, carriageReturn, finalCarriageReturn
    }

    /// - Parameter mayBeginEmpty: whether one empty line may stand before the first; a message may, a part of a body not.
    init(mayBeginEmpty: Bool = true) { skippedEmptyLine = !mayBeginEmpty }

    /// True where nothing of a head has arrived; an empty line before it is nothing.
    var isEmpty: Bool { bytes.isEmpty }

    /// Takes bytes from `offset` on, and moves it; true when the head is complete, else all bytes were taken.
    mutating func scan(
        _ input: Span<UInt8>, _ offset: inout Int, limits: HTTPLimits
    ) throws(HTTPParseError) -> Bool {
        while offset < input.count {
            let byte = input[offset]
            offset += 1
            switch state {
            case .lineStart, .line:
                if byte == 0x0D {
                    state = state == .lineStart ? .finalCarriageReturn : .carriageReturn
                } else {
                    if byte == 0x0A { throw .bareLineFeed }
                    if isControl(byte) { throw .controlCharacter }
                    state = .line
                }
                try append(byte, limits)
            case .carriageReturn:
                guard byte == 0x0A else { throw .bareCarriageReturn }
                try append(byte, limits)
                lines += 1
                // The start line is not a field.
                if lines > limits.maximumFields + 1 { throw .tooManyFields }
                state = .lineStart
            case .finalCarriageReturn:
                guard byte == 0x0A else { throw .bareCarriageReturn }
                // Counted, then dropped with its CR: the empty line belongs to the limit, not to the lines.
                try append(byte, limits)
                bytes.removeLast(2)
                state = .lineStart
                if lines > 0 { return true }
                // RFC 9112 §2.2: one empty line before the start line is ignored.
                if skippedEmptyLine { throw .malformedRequestLine }
                skippedEmptyLine = true
            }
        }
        return false
    }

    private mutating func append(_ byte: UInt8, _ limits: HTTPLimits) throws(HTTPParseError) {
        guard bytes.count < limits.maximumHeadBytes else {
            throw lines == 0 ? .requestLineTooLong : .headTooLarge
        }
        bytes.append(byte)
    }
}

/// Calls `body` with each line of a complete head, without its CR LF.
func forEachLine(
    of head: Span<UInt8>, _ body: (Int, Span<UInt8>) throws(HTTPParseError) -> Void
) throws(HTTPParseError) {
    var start = 0
    var number = 0
    for index in 0..<head.count where head[index] == 0x0A {
        try body(number, head.extracting(start..<max(start, index - 1)))
        start = index + 1
        number += 1
    }
}
