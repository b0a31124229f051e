/// What a `MessageReader` must keep when a read ends in the middle of a frame or of a fragmented message.
///
/// Grows with what has arrived, never with what a header only announces.
final class UnfinishedMessage {
    /// The frame whose payload is arriving.
    struct OpenFrame {
        let opcode: Opcode
        let isFinal: Bool
        var remaining: UInt64
        var maskKey: MaskKey?
    }

    private var headerBytes = [14 of UInt8](repeating: 0)
    private var headerCount = 0
    private(set) var frame: OpenFrame?

    /// Text or binary, while a message is open.
    private(set) var messageOpcode: Opcode?
    private(set) var fragments: UInt32 = 0
    private var isCompressed = false
    /// The bytes of the open message so far.
    private(set) var message: [UInt8] = []
    private var validator = UTF8Validator()
    /// A control frame may come between fragments, in parts too.
    private var control: [UInt8] = []

    var hasPartOfHeader: Bool { headerCount > 0 }

    /// Whether nothing is kept, so that this can be dropped.
    var isEmpty: Bool { headerCount == 0 && frame == nil && messageOpcode == nil }

    func keepHeaderByte(_ byte: UInt8) {
        headerBytes[headerCount] = byte
        headerCount += 1
    }

    /// The header that is kept, if it is complete; then it is kept no longer.
    func header(
        readBy role: WebSocketRole, allowsCompression: Bool
    ) throws(WebSocketViolation) -> FrameHeader? {
        let header = try FrameHeader.parse(
            headerBytes.span.extracting(0..<headerCount), readBy: role, allowsCompression: allowsCompression)
        if header != nil { headerCount = 0 }
        return header
    }

    /// Begins a frame, and its message if it is a first data frame. Admitted before.
    func open(_ header: FrameHeader) {
        frame = OpenFrame(
            opcode: header.opcode, isFinal: header.isFinal, remaining: header.payloadLength, maskKey: header.maskKey)
        if header.opcode.isControl { return }
        fragments &+= 1
        if header.opcode != .continuation {
            messageOpcode = header.opcode
            isCompressed = header.isCompressed
        }
    }

    /// Takes unmasked bytes of the open frame, at most as many as remain.
    func append(_ bytes: Span<UInt8>) throws(WebSocketViolation) {
        guard var frame else { return }
        frame.remaining -= UInt64(bytes.count)
        frame.maskKey = frame.maskKey?.advanced(by: bytes.count)
        self.frame = frame
        if frame.opcode.isControl {
            control.append(copying: bytes)
            return
        }
        if messageOpcode == .text, !isCompressed {
            guard validator.accept(bytes) else { throw .invalidUTF8 }
        }
        message.append(copying: bytes)
    }

    /// Closes the open frame if all of it is here; the event, if that completes a control frame or the message.
    func takeEvent() throws(WebSocketViolation) -> MessageReader.Event? {
        guard let frame, frame.remaining == 0 else { return nil }
        self.frame = nil
        if frame.opcode.isControl {
            let payload = control
            control = []
            if frame.opcode == .close { return try MessageReader.Event.close(payload: payload.span) }
            return MessageReader.Event(frame.opcode, .assembled(payload))
        }
        guard frame.isFinal, let opcode = messageOpcode else { return nil }
        guard validator.isComplete else { throw .invalidUTF8 }
        let payload = MessageReader.Payload.assembled(message)
        let isCompressed = isCompressed
        messageOpcode = nil
        fragments = 0
        self.isCompressed = false
        message = []
        validator = UTF8Validator()
        return isCompressed ? .compressed(opcode, payload) : MessageReader.Event(opcode, payload)
    }
}
