extension Array where Element == UInt8 {
    /// The bytes of a span, in an array of exactly its size.
    package init(copying bytes: Span<UInt8>) {
        // Bounded by the call; the array takes a copy.
        self = unsafe bytes.withUnsafeBufferPointer { buffer in unsafe Array(buffer) }
    }

    /// Appends the bytes of a span.
    package mutating func append(copying bytes: Span<UInt8>) {
        // Bounded by the call; the array takes a copy.
        unsafe bytes.withUnsafeBufferPointer { buffer in unsafe append(contentsOf: buffer) }
    }
}
