import Wire

extension FuzzTarget {
    func checkJSON(_ input: [UInt8]) throws(Finding) {
        let limits = JSONLimits(maximumBytes: 4_096, maximumDepth: 32)
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.read(input, limits: limits)
        } catch {
            return try expect(error.offset >= 0 && error.offset <= input.count, "an offset outside of the document")
        }
        try expect(input.count <= limits.maximumBytes, "a document is longer than the limit")
        try expect(String(validating: input, as: UTF8.self) != nil, "a document is not UTF-8")
        try expect(depth(of: value) <= limits.maximumDepth, "a document is deeper than the limit")
        var writer = JSONWriter()
        writer.value(value)
        guard let again = try? JSONReader.read(writer.bytes) else {
            throw Finding(description: "what was written cannot be read")
        }
        try expect(again == value, "what was written is read as something else")
    }

    private func depth(of value: JSONValue) -> Int {
        switch value {
        case .array(let values): 1 + (values.map(depth(of:)).max() ?? 0)
        case .object(let object): 1 + (object.members.map { depth(of: $0.value) }.max() ?? 0)
        default: 0
        }
    }
}
