import Wire

extension FuzzTarget {
    func checkHTTPRequest(_ input: [UInt8]) throws(Finding) {
        let choice = Choice(input)
        let limits =
            choice.bit(0)
            ? HTTPLimits() : HTTPLimits(maximumHeadBytes: 512, maximumFields: 8, maximumBodyBytes: 64)
        let streams = choice.bit(1)
        let whole = try RequestStream([choice.rest], limits, streams: streams)
        for request in whole.requests { try check(request, limits) }
        for split in splits(of: choice.rest) {
            try expect(
                try RequestStream(split, limits, streams: streams) == whole, "a split changes the requests")
        }
    }

    private func check(_ request: HTTPRequest, _ limits: HTTPLimits) throws(Finding) {
        let head = request.head
        try expect(request.body.count <= limits.maximumBodyBytes, "a body is longer than the limit")
        try expect(head.fields.lines.count <= limits.maximumFields, "there are more fields than the limit")
        try expect(request.trailers.lines.count <= limits.maximumFields, "there are more trailers than the limit")
        try expect(head.path.utf8.first == UInt8(ascii: "/") || head.path == "*", "a path has no slash")
        try expect(
            head.path.split(separator: "/").allSatisfy { $0 != ".." && $0 != "." }, "a path has a dot segment")
        try expect(!head.path.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x5C }, "a path has a control character")
        try expect(head.fields.count(of: "Host") <= 1, "a request has two hosts")
        try expect(
            head.fields.count(of: "Content-Length") == 0 || head.fields.count(of: "Transfer-Encoding") == 0,
            "a request has two framings")
        for field in head.fields.lines + request.trailers.lines {
            let isClean = field.value.utf8.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }
            try expect(isClean && !field.name.isEmpty, "a field holds a control character")
        }
    }
}

/// What a parser makes of a stream. `100 Continue` is left out: it depends on what has arrived, and should.
private struct RequestStream: Equatable {
    var requests: [HTTPRequest] = []
    /// Bodies that were handed on as they came; none where an error cut the last one off, wherever it did.
    var streamed: [[UInt8]] = []
    var error: HTTPParseError?
    var end: HTTPParseError?

    init(_ pieces: [[UInt8]], _ limits: HTTPLimits, streams: Bool) throws(Finding) {
        var parser = HTTPRequestParser(limits: limits) { _ in streams ? 2 * limits.maximumBodyBytes : nil }
        for piece in pieces {
            var rest = piece[...]
            while !rest.isEmpty, error == nil {
                do throws(HTTPParseError) {
                    let step = try parser.parse(rest)
                    rest = rest.dropFirst(step.consumed)
                    switch step.event {
                    case .request(let request): requests.append(request)
                    case .head: streamed.append([])
                    case .body(let part, _): streamed[streamed.count - 1] += part
                    case .needsInput, .expectsContinue: break
                    }
                    if step.consumed == 0 { break }
                } catch {
                    self.error = error
                }
            }
            if error != nil { break }
            try expect(rest.isEmpty, "a parser does not go on")
        }
        try expect(
            streamed.allSatisfy { $0.count <= 2 * limits.maximumBodyBytes }, "a streamed body is longer than its limit")
        if error != nil { streamed = [] }
        end = parser.endOfInput
        guard let error else { return }
        var again: HTTPParseError?
        do throws(HTTPParseError) { _ = try parser.parse([UInt8(ascii: "G")]) } catch let second { again = second }
        try expect(again == error, "a parser goes on after an error")
    }
}
