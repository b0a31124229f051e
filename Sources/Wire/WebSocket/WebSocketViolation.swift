/// How a peer broke RFC 6455, RFC 7692 or a limit. The caller sends a close frame with `closeCode` and ends the connection.
package enum WebSocketViolation: Error, Equatable, Sendable {
    /// A reserved bit is set that no negotiated extension gives a meaning to (section 5.2).
    case reservedBit
    /// The opcode is one of those kept for later (section 5.2).
    case reservedOpcode
    /// A control frame without FIN (section 5.5).
    case fragmentedControlFrame
    /// A control frame of more than 125 bytes (section 5.5).
    case controlFrameTooLong
    /// A client's frame without a mask (section 5.1).
    case unmaskedFrame
    /// A server's frame with a mask (section 5.1).
    case maskedFrame
    /// The length is not written in the fewest bytes (section 5.2).
    case lengthNotMinimal
    /// The highest bit of a 64-bit length is set (section 5.2).
    case lengthOutOfRange
    /// A continuation without a message to continue (section 5.4).
    case unexpectedContinuation
    /// A new data frame while a message was still incomplete (section 5.4).
    case unfinishedMessage
    /// The message is, or would become, longer than the limit.
    case messageTooBig
    /// The message has more fragments than the limit; empty ones count.
    case tooManyFragments
    /// A text message or a close reason is not UTF-8 (section 8.1).
    case invalidUTF8
    /// A close frame with half a code (section 5.5.1).
    case truncatedCloseCode
    /// A close frame with a code that must not be on the wire (section 7.4).
    case invalidCloseCode
    /// A compressed message that cannot be inflated (RFC 7692 section 7.2.2).
    case invalidCompressedData

    /// The code to close the connection with (section 7.4.1).
    package var closeCode: CloseCode {
        switch self {
        case .messageTooBig: .messageTooBig
        case .tooManyFragments: .policyViolation
        case .invalidUTF8, .invalidCompressedData: .invalidData
        case .reservedBit, .reservedOpcode, .fragmentedControlFrame, .controlFrameTooLong, .unmaskedFrame, .maskedFrame,
            .lengthNotMinimal, .lengthOutOfRange, .unexpectedContinuation, .unfinishedMessage, .truncatedCloseCode,
            .invalidCloseCode:
            .protocolError
        }
    }
}
