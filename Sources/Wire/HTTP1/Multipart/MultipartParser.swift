/// Takes a `multipart/form-data` body apart (RFC 7578, RFC 2046 §5.1), however it is split, without keeping it.
///
///     multipart-body = [ CRLF ] dash-boundary *( padding CRLF part CRLF dash-boundary ) "--" padding [ CRLF ]
///
/// Feed it what arrives until `needsInput`, act on each event, and call `finish` at the end of the body. Bodies of parts
/// come in slices of what was fed; the parser itself keeps one header, never a body. Strict where MIME is not: nothing may
/// stand before the first part or behind the last. After an error it is used up.
package struct MultipartParser {
    /// What the bytes led to.
    package enum Event: Equatable, Sendable {
        /// All bytes are used up.
        case needsInput
        /// A part begins; the one before it is complete.
        case part(MultipartPart)
        /// More of the body of the part that began last; never empty.
        case body(Slice)
    }

    /// Where a piece of a body is.
    package enum Slice: Equatable, Sendable {
        /// In the input of this call.
        case inInput(Range<Int>)
        /// At the end of earlier input, where it looked like the start of a delimiter.
        case held([UInt8])

        /// The bytes, copied.
        package func bytes(of input: Span<UInt8>) -> [UInt8] {
            switch self {
            case .inInput(let range): Array(copying: input.extracting(range))
            case .held(let bytes): bytes
            }
        }
    }

    private enum State {
        case start, head, body
        case delimiter, padding, delimiterLineFeed
        case secondDash, end, endLineFeed, afterEnd
        case failed(MultipartError)
    }

    private let limits: MultipartLimits
    /// CR LF, two dashes, the boundary.
    private let delimiter: [UInt8]
    private var state = State.start
    /// Bytes of the delimiter that have matched, and how many of them came with earlier input.
    private var matched: Int
    private var carried = 0
    private var hasEmptyLine = false
    private var paddingBytes = 0
    private var scanner = HeadScanner(mayBeginEmpty: false)
    private var names: Set<String> = []
    private var partCount = 0
    private var partBytes = 0
    private var totalBytes = 0

    /// A parser at the start of a body.
    package init(boundary: MultipartBoundary, limits: MultipartLimits = MultipartLimits()) {
        self.limits = limits
        delimiter = [0x0D, 0x0A, 0x2D, 0x2D] + boundary.bytes
        // The first line needs no line end before it.
        matched = 2
    }

    /// Reads on at `offset` of `input`, and moves it.
    package mutating func next(
        in input: Span<UInt8>, at offset: inout Int
    ) throws(MultipartError) -> Event {
        precondition(offset >= 0 && offset <= input.count, "the offset lies in the input")
        do throws(MultipartError) {
            while offset < input.count {
                if let event = try step(input, &offset) { return event }
            }
            if case .failed(let error) = state { throw error }
            return .needsInput
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Says that the body has ended. Throws `truncated` where it must not end here.
    package mutating func finish() throws(MultipartError) {
        switch state {
        case .end, .afterEnd: return
        case .failed(let error): throw error
        default: throw .truncated
        }
    }

    private mutating func step(_ input: Span<UInt8>, _ offset: inout Int) throws(MultipartError) -> Event? {
        switch state {
        case .body: return try readBody(input, &offset)
        case .head: return try readHead(input, &offset)
        case .failed(let error): throw error
        default:
            let byte = input[offset]
            offset += 1
            try take(byte)
            return nil
        }
    }

    // MARK: Framing

    private mutating func take(_ byte: UInt8) throws(MultipartError) {
        switch state {
        case .start:
            // One empty line is what some clients begin with.
            if byte == 0x0D, !hasEmptyLine {
                hasEmptyLine = true
                // Of a line that has begun it is no part.
                guard matched == 2 else { throw .preamble }
                matched = 1
            } else {
                guard byte == delimiter[matched] else { throw .preamble }
                matched += 1
                if matched == delimiter.count { endDelimiter() }
            }
        case .delimiter where byte == UInt8(ascii: "-"): state = .secondDash
        case .delimiter, .padding:
            if byte == 0x0D {
                state = .delimiterLineFeed
            } else {
                try takePadding(byte, else: .malformedDelimiter)
                state = .padding
            }
        case .delimiterLineFeed:
            guard byte == 0x0A else { throw .malformedDelimiter }
            guard partCount < limits.maximumParts else { throw .tooManyParts }
            partCount += 1
            partBytes = 0
            state = .head
        case .secondDash:
            guard byte == UInt8(ascii: "-") else { throw .malformedDelimiter }
            state = .end
        case .end:
            if byte == 0x0D {
                state = .endLineFeed
            } else {
                try takePadding(byte, else: .epilogue)
            }
        case .endLineFeed:
            guard byte == 0x0A else { throw .epilogue }
            state = .afterEnd
        case .afterEnd: throw .epilogue
        case .head, .body, .failed: break
        }
    }

    private mutating func endDelimiter() {
        matched = 0
        carried = 0
        paddingBytes = 0
        state = .delimiter
    }

    private mutating func takePadding(_ byte: UInt8, else error: MultipartError) throws(MultipartError) {
        paddingBytes += 1
        guard byte == 0x20 || byte == 0x09, paddingBytes <= limits.maximumHeadBytes else { throw error }
    }

    // MARK: Parts

    private mutating func readHead(_ input: Span<UInt8>, _ offset: inout Int) throws(MultipartError) -> Event? {
        let headLimits = HTTPLimits(
            maximumHeadBytes: limits.maximumHeadBytes, maximumFields: limits.maximumFields, maximumBodyBytes: 0)
        do throws(HTTPParseError) {
            guard try scanner.scan(input, &offset, limits: headLimits) else { return nil }
        } catch {
            throw MultipartError(inHeader: error)
        }
        let head = scanner.bytes
        scanner = HeadScanner(mayBeginEmpty: false)
        let part = try MultipartPart(head: head.span, limits: limits)
        guard names.insert(part.name).inserted || limits.allowsRepeatedNames else { throw .duplicateName }
        state = .body
        return .part(part)
    }

    /// The next slice of the part's body; nil where there is none in this input.
    private mutating func readBody(_ input: Span<UInt8>, _ offset: inout Int) throws(MultipartError) -> Event? {
        let start = offset
        while offset < input.count {
            if matched == 0 {
                guard let carriageReturn = firstCarriageReturn(in: input, from: offset) else {
                    offset = input.count
                    break
                }
                offset = carriageReturn + 1
                matched = 1
            } else if input[offset] == delimiter[matched] {
                offset += 1
                matched += 1
                guard matched == delimiter.count else { continue }
                let end = offset - (matched - carried)
                endDelimiter()
                return try body(start..<end)
            } else if carried > 0 {
                // It was the body. What of this input matched is read again: there is no CR in it.
                let held = Array(delimiter.prefix(carried))
                matched = 0
                carried = 0
                offset = start
                try count(held.count)
                return .body(.held(held))
            } else {
                matched = 0
            }
        }
        let end = offset - (matched - carried)
        carried = matched
        return try body(start..<end)
    }

    private mutating func body(_ range: Range<Int>) throws(MultipartError) -> Event? {
        guard !range.isEmpty else { return nil }
        try count(range.count)
        return .body(.inInput(range))
    }

    private mutating func count(_ bytes: Int) throws(MultipartError) {
        let room = (part: limits.maximumPartBytes - partBytes, all: limits.maximumBytes - totalBytes)
        // The limit that is met first, so that the split does not decide.
        guard bytes <= min(room.part, room.all) else { throw room.part <= room.all ? .partTooLarge : .tooLarge }
        partBytes += bytes
        totalBytes += bytes
    }

    private func firstCarriageReturn(in input: Span<UInt8>, from start: Int) -> Int? {
        for index in start..<input.count where input[index] == 0x0D { return index }
        return nil
    }
}
