extension MessageReader {
    /// What a peer said.
    package enum Event: Equatable, Sendable {
        /// A message of valid UTF-8.
        case text(Payload)
        case binary(Payload)
        /// A message that is still compressed, text or binary; only if compression was negotiated. Text is not yet checked.
        case compressed(Opcode, Payload)
        /// Answer with a pong of the same payload, at most 125 bytes (RFC 6455 section 5.5.2).
        case ping(Payload)
        case pong(Payload)
        /// The peer closes: answer with the same code if none was sent before, then end. The last event.
        /// Without a code in the frame it is `noStatus`, which is answered by an empty close frame.
        case close(CloseCode, reason: String)
        /// The peer broke a rule: close with `closeCode` and end. The last event.
        case violation(WebSocketViolation)
    }

    /// Where the bytes of a message are.
    package enum Payload: Equatable, Sendable {
        /// In the buffer given to `next`, until its owner writes over it.
        case inBuffer(Range<Int>)
        /// In an array of their own, since they came in parts.
        case assembled([UInt8])

        /// Calls `body` with the bytes.
        ///
        /// - Parameter buffer: the buffer that was given to `next`.
        package func withBytes<Result: ~Copyable, Failure: Error>(
            in buffer: Span<UInt8>, _ body: (Span<UInt8>) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            switch self {
            case .inBuffer(let range): try body(buffer.extracting(range))
            case .assembled(let bytes): try body(bytes.span)
            }
        }

        /// The bytes, copied if they lie in the buffer.
        package func bytes(in buffer: Span<UInt8>) -> [UInt8] {
            switch self {
            case .inBuffer(let range): Array(copying: buffer.extracting(range))
            case .assembled(let bytes): bytes
            }
        }

        package var count: Int {
            switch self {
            case .inBuffer(let range): range.count
            case .assembled(let bytes): bytes.count
            }
        }
    }
}

extension MessageReader.Event {
    /// The event of a complete frame or message; nil for a close frame and a continuation, which have no payload to give.
    init?(_ opcode: Opcode, _ payload: MessageReader.Payload) {
        switch opcode {
        case .text: self = .text(payload)
        case .binary: self = .binary(payload)
        case .ping: self = .ping(payload)
        case .pong: self = .pong(payload)
        case .close, .continuation: return nil
        }
    }

    /// Reads the payload of a close frame: nothing, or a code and a reason in UTF-8 (RFC 6455 section 5.5.1).
    static func close(payload: Span<UInt8>) throws(WebSocketViolation) -> MessageReader.Event {
        if payload.isEmpty { return .close(.noStatus, reason: "") }
        guard payload.count >= 2 else { throw .truncatedCloseCode }
        let code = CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isPermittedOnWire else { throw .invalidCloseCode }
        let reason = payload.extracting(droppingFirst: 2)
        var validator = UTF8Validator()
        guard validator.accept(reason), validator.isComplete else { throw .invalidUTF8 }
        return .close(code, reason: String(decoding: Array(copying: reason), as: UTF8.self))
    }
}
