/// The parameters of one call, laid out as libpq wants them: one buffer, and for each where it starts.
struct ParameterBlock {
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []

    init(_ parameters: [Parameter]) throws(DatabaseError) {
        guard parameters.count <= Int(UInt16.max) else { throw .malformed("more than 65535 parameters") }
        for parameter in parameters {
            guard let encoded = try parameter.encoded() else {
                offsets.append(nil)
                lengths.append(0)
                formats.append(0)
                continue
            }
            offsets.append(bytes.count)
            lengths.append(CInt(clamping: encoded.count))
            formats.append(parameter.isBinary ? 1 : 0)
            bytes.append(contentsOf: encoded)
            // Keeps the last, empty value's address inside the buffer.
            if parameter.isBinary { bytes.append(0) }
        }
    }

    /// Runs `body` with count, values, lengths and formats, which are valid only inside.
    func withPointers<Result>(
        _ body: (CInt, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?, UnsafePointer<CInt>?) -> Result
    ) -> Result {
        unsafe bytes.withUnsafeBytes { buffer in
            let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in
                guard let offset else { return nil }
                return unsafe base.map { unsafe $0 + offset }
            }
            return unsafe body(CInt(values.count), values, lengths, formats)
        }
    }
}
