import Wire

extension FuzzTarget {
    /// The input is a body with the boundary `b`, or with one that is full of dashes.
    func checkMultipart(_ input: [UInt8]) throws(Finding) {
        let choice = Choice(input)
        var limits =
            choice.bit(0)
            ? MultipartLimits()
            : MultipartLimits(
                maximumParts: 3, maximumHeadBytes: 120, maximumFields: 3, maximumPartBytes: 40, maximumBytes: 60)
        limits.allowsRepeatedNames = choice.bit(1)
        let name = choice.bit(2) ? "--b--" : "b"
        guard let boundary = MultipartBoundary(name) else { throw Finding(description: "no boundary") }
        let whole = try FormStream([choice.rest], boundary, limits)
        try check(whole, Array("\r\n--\(name)".utf8), limits)
        for split in splits(of: choice.rest) {
            let reading = try FormStream(split, boundary, limits)
            try expect(reading.error == whole.error, "a split changes the error")
            try expect(reading.complete == whole.complete, "a split changes the parts")
        }
        try checkBoundary(choice.rest)
    }

    private func check(_ form: FormStream, _ delimiter: [UInt8], _ limits: MultipartLimits) throws(Finding) {
        try expect(form.parts.count <= limits.maximumParts, "there are more parts than the limit")
        let total = form.parts.reduce(0) { $0 + $1.body.count }
        try expect(total <= limits.maximumBytes, "the parts are longer than the limit")
        try expect(
            limits.allowsRepeatedNames || Set(form.parts.map(\.head.name)).count == form.parts.count,
            "a name stands twice")
        for part in form.parts {
            try expect(part.body.count <= limits.maximumPartBytes, "a part is longer than the limit")
            try expect(part.head.fields.lines.count <= limits.maximumFields, "there are more fields than the limit")
            try expect(!part.head.name.isEmpty, "a part has no name")
            let starts = part.body.indices.dropLast(delimiter.count - 1)
            try expect(
                !starts.contains { part.body[$0...].starts(with: delimiter) }, "a body holds the delimiter")
        }
    }

    /// The input as a Content-Type.
    private func checkBoundary(_ bytes: [UInt8]) throws(Finding) {
        var fields = HTTPFields()
        fields.append("Content-Type", String(decoding: bytes, as: UTF8.self))
        _ = try? MultipartBoundary(fields)
    }
}

/// What a parser makes of a body and of its end.
private struct FormStream {
    struct Part: Equatable {
        let head: MultipartPart
        var body: [UInt8] = []
    }

    var parts: [Part] = []
    var error: MultipartError?

    /// The parts that are over: of the last one before an error more or less may be told.
    var complete: [Part] { error == nil ? parts : Array(parts.dropLast()) }

    init(_ pieces: [[UInt8]], _ boundary: MultipartBoundary, _ limits: MultipartLimits) throws(Finding) {
        var parser = MultipartParser(boundary: boundary, limits: limits)
        for piece in pieces where error == nil { try read(piece, &parser) }
        guard error == nil else { return }
        do throws(MultipartError) { try parser.finish() } catch { self.error = error }
    }

    private mutating func read(_ piece: [UInt8], _ parser: inout MultipartParser) throws(Finding) {
        var offset = 0
        while true {
            let event: MultipartParser.Event
            do throws(MultipartError) {
                event = try parser.next(in: piece.span, at: &offset)
            } catch {
                self.error = error
                return
            }
            switch event {
            case .needsInput: return try expect(offset == piece.count, "a parser does not go on")
            case .part(let head): parts.append(Part(head: head))
            case .body(let slice):
                try expect(!parts.isEmpty, "a body without a part")
                let bytes = slice.bytes(of: piece.span)
                try expect(!bytes.isEmpty, "a slice of nothing")
                parts[parts.count - 1].body += bytes
            }
        }
    }
}
