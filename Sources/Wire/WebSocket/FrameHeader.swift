/// The start of a frame (RFC 6455 section 5.2):
///
///      0               1               2               3
///     +-+-+-+-+-------+-+-------------+-------------------------------+
///     |F|R|R|R| opcode|M| length (7)  | length (16 or 64, if 126, 127)|
///     +-+-+-+-+-------+-+-------------+-------------------------------+
///     | masking key (32, if M)        | payload                       |
///     +-------------------------------+-------------------------------+
package struct FrameHeader: Equatable, Sendable {
    /// Whether it ends its message.
    package var isFinal: Bool
    /// RSV1: the message is compressed (RFC 7692 section 6). Only on the first frame of a message.
    package var isCompressed: Bool
    package var opcode: Opcode
    /// Bytes of payload; below 2^63. Compare with a limit before calculating with it.
    package var payloadLength: UInt64
    /// Set on frames from a client.
    package var maskKey: MaskKey?

    package init(
        opcode: Opcode, isFinal: Bool = true, isCompressed: Bool = false, payloadLength: UInt64,
        maskKey: MaskKey? = nil
    ) {
        self.isFinal = isFinal
        self.isCompressed = isCompressed
        self.opcode = opcode
        self.payloadLength = payloadLength
        self.maskKey = maskKey
    }

    /// The longest header: 2 bytes, a 64-bit length and a key.
    package static let maximumEncodedLength = 14

    /// Bytes that the header takes on the wire: 2 to 14.
    package var encodedLength: Int {
        let length =
            switch payloadLength {
            case ...125: 2
            case ...0xFFFF: 4
            default: 10
            }
        return maskKey == nil ? length : length + 4
    }

    /// Reads a header at the start of `bytes`; nil: it is not complete yet, call again with more.
    ///
    /// Each rule is checked as soon as its byte is there. What depends on the message (limits, fragment order) is for
    /// the caller.
    ///
    /// - Parameters:
    ///   - role: who reads; a server takes masked frames only, a client unmasked ones only.
    ///   - allowsCompression: whether permessage-deflate was negotiated, which gives RSV1 its meaning.
    package static func parse(
        _ bytes: Span<UInt8>, readBy role: WebSocketRole, allowsCompression: Bool = false
    ) throws(WebSocketViolation) -> FrameHeader? {
        guard bytes.count >= 1 else { return nil }
        let first = bytes[0]
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .reservedOpcode }
        let isFinal = first & 0x80 != 0
        let isCompressed = first & 0x40 != 0
        guard first & 0x30 == 0 else { throw .reservedBit }
        guard !isCompressed || (allowsCompression && (opcode == .text || opcode == .binary)) else { throw .reservedBit }
        guard isFinal || !opcode.isControl else { throw .fragmentedControlFrame }

        guard bytes.count >= 2 else { return nil }
        let isMasked = bytes[1] & 0x80 != 0
        if isMasked != (role == .server) { throw isMasked ? .maskedFrame : .unmaskedFrame }
        let shortLength = bytes[1] & 0x7F
        guard !opcode.isControl || shortLength <= 125 else { throw .controlFrameTooLong }

        let lengthEnd: Int
        let payloadLength: UInt64
        switch shortLength {
        case 126:
            lengthEnd = 4
            guard bytes.count >= lengthEnd else { return nil }
            payloadLength = bigEndian(bytes, 2..<4)
            guard payloadLength > 125 else { throw .lengthNotMinimal }
        case 127:
            // The first byte of the length is enough to refuse it.
            guard bytes.count >= 3 else { return nil }
            guard bytes[2] & 0x80 == 0 else { throw .lengthOutOfRange }
            lengthEnd = 10
            guard bytes.count >= lengthEnd else { return nil }
            payloadLength = bigEndian(bytes, 2..<10)
            guard payloadLength > 0xFFFF else { throw .lengthNotMinimal }
        default:
            lengthEnd = 2
            payloadLength = UInt64(shortLength)
        }

        var maskKey: MaskKey?
        if isMasked {
            guard bytes.count >= lengthEnd + 4 else { return nil }
            maskKey = MaskKey(
                bytes[lengthEnd], bytes[lengthEnd + 1], bytes[lengthEnd + 2], bytes[lengthEnd + 3])
        }
        return FrameHeader(
            opcode: opcode, isFinal: isFinal, isCompressed: isCompressed, payloadLength: payloadLength,
            maskKey: maskKey)
    }

    private static func bigEndian(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var value: UInt64 = 0
        for index in range { value = value << 8 | UInt64(bytes[index]) }
        return value
    }
}
