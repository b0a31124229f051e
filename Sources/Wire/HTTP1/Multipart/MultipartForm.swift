/// A whole `multipart/form-data` body that is in memory anyway; a larger one is read by ``MultipartParser``.
package struct MultipartForm: Equatable, Sendable {
    /// A part with its body.
    package struct Entry: Equatable, Sendable {
        package let part: MultipartPart
        package internal(set) var body: [UInt8]
    }

    /// In the order of the body.
    package private(set) var entries: [Entry] = []

    /// Reads the body of a request by its `Content-Type`.
    package init(
        _ body: [UInt8], fields: HTTPFields, limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) {
        var parser = MultipartParser(boundary: try MultipartBoundary(fields), limits: limits)
        try read(body.span, by: &parser)
        try parser.finish()
    }

    /// The first part of that name, or nil. Names are compared exactly.
    package subscript(_ name: String) -> Entry? { entries.first { $0.part.name == name } }

    private mutating func read(_ input: Span<UInt8>, by parser: inout MultipartParser) throws(MultipartError) {
        var offset = 0
        while true {
            switch try parser.next(in: input, at: &offset) {
            case .needsInput: return
            case .part(let part): entries.append(Entry(part: part, body: []))
            case .body(let slice):
                // A body comes only behind its part.
                entries[entries.count - 1].body += slice.bytes(of: input)
            }
        }
    }
}
