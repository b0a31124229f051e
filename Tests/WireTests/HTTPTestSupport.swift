import Wire

/// Lines ended by CR LF, with the empty line at the end.
func httpHead(_ lines: String...) -> [UInt8] {
    Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
}

/// The requests in a stream that is fed piece by piece, or the error that ended it.
struct RequestReading: Equatable {
    var requests: [HTTPRequest] = []
    var continues = 0
    var error: HTTPParseError?
    /// Of requests whose bodies were streamed.
    var begun: [HTTPRequestHead] = []
    var streamed: [UInt8] = []
    var ends = 0

    /// - Parameter streamedBodyLimit: nil gathers all bodies.
    init(_ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits(), streamedBodyLimit: Int? = nil) {
        var parser = HTTPRequestParser(limits: limits) { _ in streamedBodyLimit }
        do throws(HTTPParseError) {
            for piece in pieces {
                var rest = piece[...]
                while !rest.isEmpty {
                    let step = try parser.parse(rest)
                    rest = rest.dropFirst(step.consumed)
                    switch step.event {
                    case .needsInput: break
                    case .expectsContinue: continues += 1
                    case .request(let request): requests.append(request)
                    case .head(let head): begun.append(head)
                    case .body(let part, let isLast):
                        streamed += part
                        if isLast { ends += 1 }
                    }
                }
            }
        } catch {
            self.error = error
        }
    }

    init(_ bytes: [UInt8], limits: HTTPLimits = HTTPLimits()) {
        self.init([bytes], limits: limits)
    }
}

/// The error that a request earns, or nil.
func httpFailure(_ bytes: [UInt8], limits: HTTPLimits = HTTPLimits()) -> HTTPParseError? {
    RequestReading(bytes, limits: limits).error
}
