import CZlib

/// Takes the compression off messages (RFC 7692 section 7.2.2). One serves all connections of a loop, one message at a
/// time: what a client refers back to is kept by its connection as plain bytes. Not Sendable.
///
/// Takes no memory until the first message, then 40 KiB.
@safe
package final class Inflater {
    /// A peer may end the DEFLATE stream within a message, and begin another (section 7.2.3.4). Each costs two copies of
    /// the window, so not often.
    private static let streamsAMessage = 16
    private static let outputBytes = 16 << 10
    /// The bit of zlib's `data_type` that is set between two blocks.
    private static let atBlockBoundary: CInt = 128
    /// What the sender left out at the end of each message.
    private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    private var stream: UnsafeMutablePointer<z_stream>?
    private var output: [UInt8] = []

    package init() {}

    deinit {
        guard let stream = unsafe stream else { return }
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The message that `payload` holds. Text is checked for UTF-8.
    ///
    /// - Parameters:
    ///   - history: the last bytes of the connection's earlier messages; brought up to date.
    ///   - historyBytes: how many of them to keep, see ``DeflateAgreement/historyBytes``.
    ///   - limit: bytes of the message; not one more is inflated than it takes to know that they are too many.
    /// - Throws: `invalidCompressedData`, `messageTooBig` or `invalidUTF8`; the connection's history is lost then, and the
    ///   connection must be closed.
    package func inflate(
        _ opcode: Opcode, _ payload: Span<UInt8>, history: inout [UInt8], keeping historyBytes: Int, limit: Int
    ) throws(WebSocketViolation) -> [UInt8] {
        let stream = unsafe try readied()
        guard unsafe inflateReset(stream) == Z_OK, unsafe setWindow(history, of: stream) else {
            throw .invalidCompressedData
        }
        var message: [UInt8] = []
        var streams = 0
        unsafe try feed(payload, to: stream, into: &message, limit: limit, streams: &streams, history: history)
        unsafe try feed(Self.tail.span, to: stream, into: &message, limit: limit, streams: &streams, history: history)
        // Within a block the message was cut off.
        guard unsafe stream.pointee.data_type & Self.atBlockBoundary != 0 else { throw .invalidCompressedData }
        if opcode == .text {
            var validator = UTF8Validator()
            guard validator.accept(message.span), validator.isComplete else { throw .invalidUTF8 }
        }
        history = Self.end(of: history, message, atMost: historyBytes)
        return message
    }

    /// The last bytes of what was said, which later messages may refer to.
    private static func end(of history: [UInt8], _ message: [UInt8], atMost limit: Int) -> [UInt8] {
        Array(history.suffix(max(0, limit - message.count)) + message.suffix(limit))
    }

    private func readied() throws(WebSocketViolation) -> UnsafeMutablePointer<z_stream> {
        if let stream = unsafe stream { return unsafe stream }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // Negative: raw DEFLATE, without header and checksum. The largest window reads every smaller one.
        let result = unsafe inflateInit2_(stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard result == Z_OK else {
            unsafe stream.deallocate()
            throw .invalidCompressedData
        }
        output = [UInt8](repeating: 0, count: Self.outputBytes)
        unsafe self.stream = unsafe stream
        return unsafe stream
    }

    private func setWindow(_ bytes: [UInt8], of stream: UnsafeMutablePointer<z_stream>) -> Bool {
        guard !bytes.isEmpty else { return true }
        return unsafe bytes.withUnsafeBufferPointer { window in
            unsafe inflateSetDictionary(stream, window.baseAddress, uInt(window.count)) == Z_OK
        }
    }

    /// Inflates all of `input`.
    private func feed(
        _ input: Span<UInt8>, to stream: UnsafeMutablePointer<z_stream>, into message: inout [UInt8], limit: Int,
        streams: inout Int, history: [UInt8]
    ) throws(WebSocketViolation) {
        var consumed = 0
        while true {
            let step = unsafe step(input.extracting(droppingFirst: consumed), stream)
            guard message.count + step.produced <= limit else { throw .messageTooBig }
            message.append(contentsOf: output[..<step.produced])
            consumed += step.consumed
            switch step.result {
            case Z_STREAM_END:
                // Nothing may follow, or another stream that refers to the same window.
                streams += 1
                guard streams < Self.streamsAMessage, unsafe inflateReset(stream) == Z_OK,
                    unsafe setWindow(Self.end(of: history, message, atMost: 1 << 15), of: stream)
                else { throw .invalidCompressedData }
                if consumed == input.count { return }
            case Z_OK:
                if consumed == input.count, step.produced < output.count { return }
                guard step.consumed + step.produced > 0 else { throw .invalidCompressedData }
            case Z_BUF_ERROR where consumed == input.count: return
            default: throw .invalidCompressedData
            }
        }
    }

    private func step(
        _ input: Span<UInt8>, _ stream: UnsafeMutablePointer<z_stream>
    ) -> (result: CInt, consumed: Int, produced: Int) {
        unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                // zlib does not write to its input; its type just does not say so.
                unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = uInt(source.count)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = uInt(target.count)
                let result = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
                return unsafe (
                    result, source.count - Int(stream.pointee.avail_in), target.count - Int(stream.pointee.avail_out)
                )
            }
        }
    }
}

/// Compresses messages by themselves, without reference to earlier ones (RFC 7692 section 7.2.1).
package enum Deflater {
    /// The payload of a compressed frame; nil where zlib has no memory.
    package static func deflate(_ message: Span<UInt8>, for windowClass: DeflateAgreement.WindowClass) -> [UInt8]? {
        guard message.count <= Int(CInt.max) else { return nil }
        let windowBits = windowBits(message.count, windowClass)
        let memoryLevel = min(max(windowBits - 7, 5), 8)
        var stream = unsafe z_stream()
        // A window of 9 bits refers back 250 bytes at most, so it is right for 8 bits too, which zlib does not offer.
        let result = unsafe deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            CInt(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { return nil }
        defer { _ = unsafe deflateEnd(&stream) }
        // The bound is for one block; the flush adds an empty one.
        var output = [UInt8](repeating: 0, count: Int(unsafe deflateBound(&stream, uLong(message.count))) + 16)
        let left = unsafe message.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe stream.next_in = unsafe UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.avail_in = uInt(source.count)
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = uInt(target.count)
                let result = unsafe CZlib.deflate(&stream, Z_SYNC_FLUSH)
                return unsafe result == Z_OK && stream.avail_in == 0 ? Int(stream.avail_out) : 0
            }
        }
        // No room left means that the end may be missing. The end itself, 00 00 FF FF, is not sent.
        guard left > 0, output.count - left >= 5 else { return nil }
        output.removeLast(left + 4)
        return output
    }

    /// The smallest window that holds the message, for it costs the least memory and time.
    private static func windowBits(_ count: Int, _ windowClass: DeflateAgreement.WindowClass) -> CInt {
        guard windowClass == .full else { return 9 }
        var bits: CInt = 9
        while bits < 15, (1 << Int(bits)) - 262 < count { bits += 1 }
        return bits
    }
}
