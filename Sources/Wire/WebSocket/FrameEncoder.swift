/// Writes frames (RFC 6455 section 5.2), each into one array of exactly its size with the shortest header.
///
/// Control payloads must be at most 125 bytes; the caller holds to that.
package enum FrameEncoder {
    /// The most bytes of a close reason: 125 less the code.
    package static let maximumReasonBytes = 123

    /// An unmasked frame, as a server sends it. Encode once, write to many.
    package static func frame(
        _ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true, isCompressed: Bool = false
    ) -> [UInt8] {
        var frame: [UInt8] = []
        append(opcode, payload.span, isFinal: isFinal, isCompressed: isCompressed, to: &frame)
        return frame
    }

    /// Appends an unmasked frame to `output`; for a pong straight from the read buffer.
    package static func append(
        _ opcode: Opcode, _ payload: Span<UInt8>, isFinal: Bool = true, isCompressed: Bool = false,
        to output: inout [UInt8]
    ) {
        let header = FrameHeader(
            opcode: opcode, isFinal: isFinal, isCompressed: isCompressed, payloadLength: UInt64(payload.count))
        precondition(!opcode.isControl || payload.count <= 125, "a control frame has at most 125 bytes")
        output.reserveCapacity(output.count + header.encodedLength + payload.count)
        append(header, to: &output)
        output.append(copying: payload)
    }

    /// A masked frame, as a client sends it. The key must be unpredictable (section 5.3), so it is passed in.
    package static func maskedFrame(
        _ opcode: Opcode, _ payload: [UInt8], key: MaskKey, isFinal: Bool = true, isCompressed: Bool = false
    ) -> [UInt8] {
        let header = FrameHeader(
            opcode: opcode, isFinal: isFinal, isCompressed: isCompressed, payloadLength: UInt64(payload.count),
            maskKey: key)
        precondition(!opcode.isControl || payload.count <= 125, "a control frame has at most 125 bytes")
        var frame: [UInt8] = []
        frame.reserveCapacity(header.encodedLength + payload.count)
        append(header, to: &frame)
        let start = frame.count
        frame.append(contentsOf: payload)
        var bytes = frame.mutableSpan
        key.apply(to: &bytes, in: start..<start + payload.count)
        return frame
    }

    /// The payload of a close frame: the code and at most 123 bytes of reason, cut between characters.
    ///
    /// A code that must not be sent (1005, 1006, 1015, …) gives an empty payload, the answer to a close without a code.
    package static func closePayload(_ code: CloseCode, reason: String = "") -> [UInt8] {
        guard code.isPermittedOnWire else { return [] }
        var payload: [UInt8] = [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
        for scalar in reason.unicodeScalars {
            let encoded = UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            guard payload.count + encoded.count <= 2 + maximumReasonBytes else { break }
            payload.append(contentsOf: encoded)
        }
        return payload
    }

    /// An unmasked close frame.
    package static func close(_ code: CloseCode, reason: String = "") -> [UInt8] {
        frame(.close, closePayload(code, reason: reason))
    }

    /// Appends a header to `output`.
    package static func append(_ header: FrameHeader, to output: inout [UInt8]) {
        var first = header.opcode.rawValue
        if header.isFinal { first |= 0x80 }
        if header.isCompressed { first |= 0x40 }
        output.append(first)
        let maskBit: UInt8 = header.maskKey == nil ? 0 : 0x80
        switch header.payloadLength {
        case ...125:
            output.append(maskBit | UInt8(truncatingIfNeeded: header.payloadLength))
        case ...0xFFFF:
            output.append(maskBit | 126)
            appendBigEndian(header.payloadLength, byteCount: 2, to: &output)
        default:
            output.append(maskBit | 127)
            appendBigEndian(header.payloadLength, byteCount: 8, to: &output)
        }
        if let key = header.maskKey?.bytes {
            output.append(key.0)
            output.append(key.1)
            output.append(key.2)
            output.append(key.3)
        }
    }

    private static func appendBigEndian(_ value: UInt64, byteCount: Int, to output: inout [UInt8]) {
        var shift = byteCount * 8
        while shift > 0 {
            shift -= 8
            output.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }
}
