/// Reads responses from a stream of bytes, however they are split: the client side of the drill and the tests.
///
/// Interim responses are skipped, except 101, which is final: the bytes behind it are the new protocol's.
package struct HTTPResponseParser {
    /// What the consumed bytes led to.
    package enum Event: Equatable, Sendable {
        /// All bytes are consumed and the response is not complete.
        case needsInput
        /// A response is complete.
        case response(HTTPResponse)
    }

    /// How many bytes of the input are used up, and what they led to.
    package struct Step: Equatable, Sendable {
        package let consumed: Int
        package let event: Event
    }

    /// Set it before the answer to a HEAD request: that has a length but no body.
    package var isAnswerToHead = false

    private let limits: HTTPLimits
    private var phase = Phase.head
    // Apart from the phase, so that they grow in place: a body sent byte by byte must not be copied at each.
    private var scanner = HeadScanner()
    private var response = HTTPResponse(.ok)
    private var decoder = ChunkedDecoder()

    private enum Phase {
        case head
        case body(remaining: Int)
        case chunked
        case untilEnd
        case failed(HTTPParseError)
    }

    /// A parser at the start of a connection.
    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Takes the next bytes of the stream. After an error the connection must be closed.
    package mutating func parse(_ input: [UInt8]) throws(HTTPParseError) -> Step {
        try parse(input.span)
    }

    /// Takes the next bytes of the stream. After an error the connection must be closed.
    package mutating func parse(_ input: ArraySlice<UInt8>) throws(HTTPParseError) -> Step {
        try parse(input.span)
    }

    /// Takes the next bytes of the stream. After an error the connection must be closed.
    package mutating func parse(_ input: Span<UInt8>) throws(HTTPParseError) -> Step {
        var offset = 0
        do {
            repeat {
                if try advance(input, &offset) { return Step(consumed: offset, event: .response(take())) }
            } while offset < input.count
            return Step(consumed: offset, event: .needsInput)
        } catch {
            phase = .failed(error)
            throw error
        }
    }

    /// The peer closed: the response whose body the end completes, nil between responses, else `truncated`.
    package mutating func finish() throws(HTTPParseError) -> HTTPResponse? {
        switch phase {
        case .head where scanner.isEmpty: return nil
        case .untilEnd: return take()
        case .failed(let error): throw error
        case .head, .body, .chunked: throw .truncated
        }
    }

    private mutating func take() -> HTTPResponse {
        let taken = response
        response = HTTPResponse(.ok)
        decoder = ChunkedDecoder()
        phase = .head
        return taken
    }

    /// True when `response` is complete.
    private mutating func advance(_ input: Span<UInt8>, _ offset: inout Int) throws(HTTPParseError) -> Bool {
        switch phase {
        case .head:
            guard try scanner.scan(input, &offset, limits: limits) else { return false }
            let head = scanner.bytes
            scanner = HeadScanner()
            return try begin(head.span)
        case .body(let remaining):
            let count = min(remaining, input.count - offset)
            response.body.append(copying: input.extracting(offset..<offset + count))
            offset += count
            phase = .body(remaining: remaining - count)
            return count == remaining
        case .chunked: return try decoder.decode(input, &offset, into: &response.body, limits: limits)
        case .untilEnd:
            guard response.body.count + (input.count - offset) <= limits.maximumBodyBytes else { throw .bodyTooLarge }
            response.body.append(copying: input.extracting(offset..<input.count))
            offset = input.count
            return false
        case .failed(let error): throw error
        }
    }

    private mutating func begin(_ head: Span<UInt8>) throws(HTTPParseError) -> Bool {
        var version = HTTPVersion.http11
        var response = HTTPResponse(.ok)
        try forEachLine(of: head) { (number, line) throws(HTTPParseError) in
            if number == 0 {
                (version, response.status) = try Self.statusLine(line)
            } else {
                try appendFieldLine(line, to: &response.fields)
            }
        }
        if response.status.rawValue < 200, response.status != .switchingProtocols { return false }
        self.response = response
        if response.status.forbidsBody || isAnswerToHead { return true }
        switch try BodyFraming(response.fields, version: version, limits: limits) {
        case .none: return true
        case .length(let length): phase = .body(remaining: length)
        case .chunked: phase = .chunked
        case .unspecified: phase = .untilEnd
        }
        return false
    }

    /// `HTTP/1.x SP 3DIGIT [SP reason]` (RFC 9112 §4).
    private static func statusLine(_ line: Span<UInt8>) throws(HTTPParseError) -> (HTTPVersion, HTTPStatus) {
        let text = Array(text(line).utf8)
        guard text.count >= 12, text.starts(with: "HTTP/1.".utf8), isDigit(text[7]), text[8] == 0x20,
            text[9...11].allSatisfy(isDigit), text.count == 12 || text[12] == 0x20
        else { throw .malformedStatusLine }
        let code = text[9...11].reduce(UInt16(0)) { $0 * 10 + UInt16($1 & 0x0F) }
        guard code >= 100 else { throw .malformedStatusLine }
        return (text[7] == UInt8(ascii: "0") ? .http10 : .http11, HTTPStatus(rawValue: code))
    }
}
