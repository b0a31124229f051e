/// Reads requests from a stream of bytes, however they are split (RFC 9112).
///
/// It does no I/O and owns no memory between requests. Feed it what arrives, drop what it consumed, act on the event,
/// and feed the rest again: it stops behind each request, so pipelined requests and the bytes after an upgrade stay
/// the caller's. After an error it is used up. Each byte is looked at once.
package struct HTTPRequestParser {
    /// What the consumed bytes led to.
    package enum Event: Equatable, Sendable {
        /// All bytes are consumed and the request is not complete.
        case needsInput
        /// The client waits for `100 Continue` before it sends the body. Send it and go on, or refuse by the head and
        /// close (RFC 9110 §10.1.1).
        case expectsContinue(HTTPRequestHead)
        /// A request is complete.
        case request(HTTPRequest)
        /// A request has begun whose body is not gathered; it has one, which follows as `body`.
        case head(HTTPRequestHead)
        /// More of that body, at most as much as was fed; empty only where it is the last of a chunked one.
        case body([UInt8], isLast: Bool)
    }

    /// How many bytes of the input are used up, and what they led to.
    package struct Step: Equatable, Sendable {
        package let consumed: Int
        package let event: Event
    }

    private let limits: HTTPLimits
    private let streamedBodyLimit: ((HTTPRequestHead) -> Int?)?
    private var phase = Phase.head
    // Apart from the phase, so that they grow in place: a body sent byte by byte must not be copied at each.
    private var scanner = HeadScanner()
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var decoder = ChunkedDecoder()

    private enum Phase {
        case head
        case body(remaining: Int)
        case chunked
        case streamedBody(remaining: Int)
        /// How many more bytes the body may have.
        case streamedChunks(room: Int)
        case failed(HTTPParseError)
    }

    /// A parser at the start of a connection.
    ///
    /// - Parameter streamedBodyLimit: for a request whose body is to be handed on as it comes: the bytes that it may have.
    ///   Nil for a body that is gathered, within the limits.
    package init(limits: HTTPLimits = HTTPLimits(), streamedBodyLimit: ((HTTPRequestHead) -> Int?)? = nil) {
        self.limits = limits
        self.streamedBodyLimit = streamedBodyLimit
    }

    /// True between requests: closing now loses nothing, and the deadline is the idle one.
    package var isIdle: Bool {
        if case .head = phase { return scanner.isEmpty }
        return false
    }

    /// True from the end of a head to the end of its body: the deadline is the body's.
    package var isReadingBody: Bool {
        switch phase {
        case .body, .chunked, .streamedBody, .streamedChunks: true
        case .head, .failed: false
        }
    }

    /// What the end of the stream means here: nil between requests, else an error that can only be logged.
    package var endOfInput: HTTPParseError? {
        isIdle ? nil : .truncated
    }

    /// Takes the next bytes of the stream. The error's `status` is the answer to give before closing.
    package mutating func parse(_ input: [UInt8]) throws(HTTPParseError) -> Step {
        try parse(input.span)
    }

    /// Takes the next bytes of the stream. The error's `status` is the answer to give before closing.
    package mutating func parse(_ input: ArraySlice<UInt8>) throws(HTTPParseError) -> Step {
        try parse(input.span)
    }

    /// Takes the next bytes of the stream. The error's `status` is the answer to give before closing.
    package mutating func parse(_ input: Span<UInt8>) throws(HTTPParseError) -> Step {
        var offset = 0
        do {
            let event = try advance(input, &offset)
            return Step(consumed: offset, event: event)
        } catch {
            phase = .failed(error)
            throw error
        }
    }

    private mutating func advance(_ input: Span<UInt8>, _ offset: inout Int) throws(HTTPParseError) -> Event {
        switch phase {
        case .head:
            guard try scanner.scan(input, &offset, limits: limits) else { return .needsInput }
            return try begin(try RequestHeadParser.parse(scanner.bytes.span), input, &offset)
        case .body(let remaining):
            let count = min(remaining, input.count - offset)
            body.append(copying: input.extracting(offset..<offset + count))
            offset += count
            if count == remaining { return finish() }
            phase = .body(remaining: remaining - count)
            return .needsInput
        case .chunked:
            let isComplete = try decoder.decode(input, &offset, into: &body, limits: limits)
            return isComplete ? finish() : .needsInput
        case .streamedBody(let remaining):
            let count = min(remaining, input.count - offset)
            guard count > 0 else { return .needsInput }
            let part = [UInt8](copying: input.extracting(offset..<offset + count))
            offset += count
            phase = .streamedBody(remaining: remaining - count)
            if count == remaining { startAgain() }
            return .body(part, isLast: count == remaining)
        case .streamedChunks(let room):
            var part: [UInt8] = []
            let isLast = try decoder.decode(input, &offset, into: &part, limits: limits.allowing(bodyBytes: room))
            if isLast {
                startAgain()
            } else {
                phase = .streamedChunks(room: room - part.count)
                if part.isEmpty { return .needsInput }
            }
            return .body(part, isLast: isLast)
        case .failed(let error): throw error
        }
    }

    private mutating func begin(
        _ head: HTTPRequestHead, _ input: Span<UInt8>, _ offset: inout Int
    ) throws(HTTPParseError) -> Event {
        scanner = HeadScanner()
        self.head = head
        if let limit = streamedBodyLimit?(head) {
            switch try BodyFraming(head.fields, version: head.version, limits: limits.allowing(bodyBytes: limit)) {
            // Without a body there is nothing to hand on.
            case .none, .unspecified: return finish()
            case .length(let length): phase = .streamedBody(remaining: length)
            case .chunked: phase = .streamedChunks(room: limit)
            }
            return .head(head)
        }
        switch try BodyFraming(head.fields, version: head.version, limits: limits) {
        case .none: return finish()
        case .unspecified:
            // RFC 1945 §7.2.2: only the length can end the body of an old request.
            if head.version == .http10, [.post, .put, .patch].contains(head.method) { throw .lengthRequired }
            return finish()
        case .length(let length): phase = .body(remaining: length)
        case .chunked: phase = .chunked
        }
        // A client that sends on without waiting needs no answer (RFC 9110 §10.1.1).
        if offset == input.count {
            return head.version == .http11 && head.fields.count(of: "Expect") > 0 ? .expectsContinue(head) : .needsInput
        }
        return try advance(input, &offset)
    }

    private mutating func finish() -> Event {
        guard let head else { return .needsInput }
        let request = HTTPRequest(head: head, body: body, trailers: decoder.trailers)
        startAgain()
        return .request(request)
    }

    private mutating func startAgain() {
        self = HTTPRequestParser(limits: limits, streamedBodyLimit: streamedBodyLimit)
    }
}

extension HTTPLimits {
    /// The same limits with another one for the body.
    fileprivate func allowing(bodyBytes: Int) -> HTTPLimits {
        HTTPLimits(maximumHeadBytes: maximumHeadBytes, maximumFields: maximumFields, maximumBodyBytes: bodyBytes)
    }
}
