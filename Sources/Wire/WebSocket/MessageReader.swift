/// Turns the bytes of one peer into messages, in place and at any split (RFC 6455 sections 5 to 8).
///
/// The owner reads the socket into a buffer that all connections of its loop share, and takes events until there are none:
///
///     var unread = 0..<received
///     while let event = reader.next(in: &bytes, unread: &unread) { … }
///
/// A message whose only frame lies complete in that buffer is unmasked there and handed out as a range of it: nothing is
/// copied or allocated. Only the start of a frame or of a fragmented message is kept. Between messages the reader holds
/// no buffer and is 24 bytes long.
///
/// It owns no clock: a deadline for an unfinished message is for the owner, who asks `isBetweenMessages`.
package struct MessageReader: ~Copyable {
    /// What a peer may make the reader keep.
    package struct Limits: Equatable, Sendable {
        /// The longest message, in bytes, after inflation too.
        package var messageBytes: UInt32
        /// The most frames a message may have; empty ones count.
        package var fragments: UInt32

        package init(messageBytes: UInt32 = 64 * 1024, fragments: UInt32 = 64) {
            self.messageBytes = messageBytes
            self.fragments = fragments
        }
    }

    /// May be changed between calls: small before authentication, larger after it. Holds from the next frame on.
    package var limits: Limits
    private let role: WebSocketRole
    private let allowsCompression: Bool
    /// After a close frame or a violation nothing more is read (section 5.5.1 and 7.1.7).
    private var isFinished = false
    /// What is kept of an unfinished frame or message; nil between messages.
    private var unfinished: UnfinishedMessage?

    /// - Parameter allowsCompression: whether permessage-deflate was negotiated; then `compressed` events may come.
    package init(role: WebSocketRole, limits: Limits = Limits(), allowsCompression: Bool = false) {
        self.role = role
        self.limits = limits
        self.allowsCompression = allowsCompression
    }

    /// Whether nothing is begun: no part of a frame, no fragment. False calls for a deadline.
    package var isBetweenMessages: Bool { unfinished == nil }

    /// The next event, or nil when `unread` is used up; then read more and call again.
    ///
    /// - Parameters:
    ///   - buffer: what was read from the peer. Payloads are unmasked in it, so a byte is given once.
    ///   - unread: the part of `buffer` that is still to be read; moved on by each call.
    package mutating func next(in buffer: inout MutableSpan<UInt8>, unread: inout Range<Int>) -> Event? {
        precondition(unread.lowerBound >= 0 && unread.upperBound <= buffer.count, "unread lies in the buffer")
        while !unread.isEmpty, !isFinished {
            do throws(WebSocketViolation) {
                guard let event = try step(&buffer, &unread) else { continue }
                if case .close = event { finish() }
                return event
            } catch {
                finish()
                return .violation(error)
            }
        }
        unread = unread.upperBound..<unread.upperBound
        return nil
    }

    private mutating func finish() {
        isFinished = true
        unfinished = nil
    }

    /// Reads one header, or one run of payload, or both.
    private mutating func step(
        _ buffer: inout MutableSpan<UInt8>, _ unread: inout Range<Int>
    ) throws(WebSocketViolation) -> Event? {
        if unfinished?.frame != nil { return try readPayload(&buffer, &unread) }
        guard let header = try readHeader(buffer.span, &unread) else { return nil }
        try admit(header)
        if let event = try readWholeFrame(header, &buffer, &unread) { return event }
        keep().open(header)
        return try readPayload(&buffer, &unread)
    }

    /// The header at the start of `unread`, with what was kept of it; nil if it is still incomplete, and then kept.
    private mutating func readHeader(
        _ buffer: Span<UInt8>, _ unread: inout Range<Int>
    ) throws(WebSocketViolation) -> FrameHeader? {
        if let unfinished, unfinished.hasPartOfHeader {
            while let index = unread.first {
                unfinished.keepHeaderByte(buffer[index])
                unread.removeFirst()
                let header = try unfinished.header(readBy: role, allowsCompression: allowsCompression)
                if let header { return header }
            }
            return nil
        }
        let header = try FrameHeader.parse(
            buffer.extracting(unread), readBy: role, allowsCompression: allowsCompression)
        if let header {
            unread.removeFirst(header.encodedLength)
            return header
        }
        let unfinished = keep()
        for index in unread { unfinished.keepHeaderByte(buffer[index]) }
        unread = unread.upperBound..<unread.upperBound
        return nil
    }

    /// Checks what a header alone cannot know: the order of fragments and the limits. Before any byte of payload is kept.
    private func admit(_ header: FrameHeader) throws(WebSocketViolation) {
        if header.opcode.isControl { return }
        let isMessageOpen = unfinished?.messageOpcode != nil
        if header.opcode == .continuation {
            guard isMessageOpen else { throw .unexpectedContinuation }
        } else if isMessageOpen {
            throw .unfinishedMessage
        }
        let limit = UInt64(limits.messageBytes)
        guard header.payloadLength <= limit else { throw .messageTooBig }
        let soFar = UInt64(unfinished?.message.count ?? 0)
        // Both are at most a UInt32, so the sum cannot overflow.
        guard soFar + header.payloadLength <= limit else { throw .messageTooBig }
        guard unfinished?.fragments ?? 0 < limits.fragments else { throw .tooManyFragments }
    }

    /// The event of a frame that needs nothing kept: it lies complete in `unread` and is a message by itself, or control.
    private mutating func readWholeFrame(
        _ header: FrameHeader, _ buffer: inout MutableSpan<UInt8>, _ unread: inout Range<Int>
    ) throws(WebSocketViolation) -> Event? {
        guard header.payloadLength <= UInt64(unread.count) else { return nil }
        guard header.opcode.isControl || (header.isFinal && header.opcode != .continuation) else { return nil }
        let range = unread.lowerBound..<unread.lowerBound + Int(header.payloadLength)
        header.maskKey?.apply(to: &buffer, in: range)
        unread = range.upperBound..<unread.upperBound
        forgetIfBetweenMessages()
        if header.isCompressed { return .compressed(header.opcode, .inBuffer(range)) }
        if header.opcode == .text {
            var validator = UTF8Validator()
            guard validator.accept(buffer.span.extracting(range)), validator.isComplete else { throw .invalidUTF8 }
        }
        if header.opcode == .close { return try Event.close(payload: buffer.span.extracting(range)) }
        return Event(header.opcode, .inBuffer(range))
    }

    /// Keeps what `unread` holds of the open frame's payload; an event if that completes a control frame or a message.
    private mutating func readPayload(
        _ buffer: inout MutableSpan<UInt8>, _ unread: inout Range<Int>
    ) throws(WebSocketViolation) -> Event? {
        guard let unfinished, let frame = unfinished.frame else { return nil }
        let count = Int(min(frame.remaining, UInt64(unread.count)))
        let range = unread.lowerBound..<unread.lowerBound + count
        frame.maskKey?.apply(to: &buffer, in: range)
        unread = range.upperBound..<unread.upperBound
        try unfinished.append(buffer.span.extracting(range))
        let event = try unfinished.takeEvent()
        forgetIfBetweenMessages()
        return event
    }

    private mutating func keep() -> UnfinishedMessage {
        if let unfinished { return unfinished }
        let unfinished = UnfinishedMessage()
        self.unfinished = unfinished
        return unfinished
    }

    private mutating func forgetIfBetweenMessages() {
        if let unfinished, unfinished.isEmpty { self.unfinished = nil }
    }
}
