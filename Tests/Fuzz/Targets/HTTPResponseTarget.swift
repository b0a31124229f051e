import Wire

extension FuzzTarget {
    func checkHTTPResponse(_ input: [UInt8]) throws(Finding) {
        let choice = Choice(input)
        let limits =
            choice.bit(0)
            ? HTTPLimits() : HTTPLimits(maximumHeadBytes: 512, maximumFields: 8, maximumBodyBytes: 64)
        let whole = try ResponseStream([choice.rest], limits, isAnswerToHead: choice.bit(1))
        for response in whole.responses {
            try expect(response.body.count <= limits.maximumBodyBytes, "a body is longer than the limit")
            try expect(response.fields.lines.count <= limits.maximumFields, "there are more fields than the limit")
            try expect(response.status.rawValue >= 200 || response.status == .switchingProtocols, "an interim response")
        }
        for split in splits(of: choice.rest) {
            let reading = try ResponseStream(split, limits, isAnswerToHead: choice.bit(1))
            try expect(reading == whole, "a split changes the responses")
        }
    }
}

/// What a parser makes of a stream and of its end.
private struct ResponseStream: Equatable {
    var responses: [HTTPResponse] = []
    var error: HTTPParseError?

    init(_ pieces: [[UInt8]], _ limits: HTTPLimits, isAnswerToHead: Bool) throws(Finding) {
        var parser = HTTPResponseParser(limits: limits)
        parser.isAnswerToHead = isAnswerToHead
        for piece in pieces {
            var rest = piece[...]
            while !rest.isEmpty, error == nil {
                do throws(HTTPParseError) {
                    let step = try parser.parse(rest)
                    rest = rest.dropFirst(step.consumed)
                    if case .response(let response) = step.event { responses.append(response) }
                    if step.consumed == 0 { break }
                } catch {
                    self.error = error
                }
            }
            if error != nil { return }
            try expect(rest.isEmpty, "a parser does not go on")
        }
        do throws(HTTPParseError) {
            if let last = try parser.finish() { responses.append(last) }
        } catch {
            self.error = error
        }
    }
}
