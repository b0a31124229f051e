import Wire

extension FuzzTarget {
    func checkWebSocket(_ input: [UInt8]) throws(Finding) {
        let choice = Choice(input)
        let limits =
            choice.bit(0) ? MessageReader.Limits() : MessageReader.Limits(messageBytes: 200, fragments: 4)
        let conversation = Conversation(
            role: choice.bit(1) ? .client : .server, limits: limits, allowsCompression: choice.bit(2))
        let whole = try conversation.hear([choice.rest])
        for said in whole { try check(said, limits) }
        for split in splits(of: choice.rest) {
            try expect(try conversation.hear(split) == whole, "a split changes the messages")
        }
    }

    private func check(_ said: Said, _ limits: MessageReader.Limits) throws(Finding) {
        switch said {
        case .message(let opcode, let payload, let isCompressed):
            try expect(payload.count <= limits.messageBytes, "a message is longer than the limit")
            if opcode == .text, !isCompressed {
                try expect(String(validating: payload, as: UTF8.self) != nil, "a text is not UTF-8")
            }
            if !isCompressed { try checkReturn(opcode, payload) }
        case .control(let opcode, let payload):
            try expect(payload.count <= 125, "a control frame is longer than 125 bytes")
            try checkReturn(opcode, payload)
        case .close(let code, let reason):
            try expect(code == .noStatus || code.isPermittedOnWire, "a close code that may not be there")
            try expect(reason.utf8.count <= FrameEncoder.maximumReasonBytes, "a reason is too long")
            let again = try Conversation(role: .client).hear([FrameEncoder.close(code, reason: reason)])
            try expect(again == [said], "a close frame is read as another one")
        case .violation(let violation):
            try expect(violation.closeCode.isPermittedOnWire, "a violation has no close code")
        }
    }

    /// What the encoder writes is read as what was given.
    private func checkReturn(_ opcode: Opcode, _ payload: [UInt8]) throws(Finding) {
        let key = MaskKey(UInt32(truncatingIfNeeded: payload.count) &* 0x9E37_79B1)
        let fromServer = try Conversation(role: .client).hear([FrameEncoder.frame(opcode, payload)])
        let fromClient = try Conversation(role: .server).hear([FrameEncoder.maskedFrame(opcode, payload, key: key)])
        let expected: [Said] = [opcode.isControl ? .control(opcode, payload) : .message(opcode, payload, false)]
        try expect(fromServer == expected && fromClient == expected, "an encoded frame is read as another one")
    }
}

/// An event with its bytes.
private enum Said: Equatable {
    case message(Opcode, [UInt8], _ isCompressed: Bool)
    case control(Opcode, [UInt8])
    case close(CloseCode, String)
    case violation(WebSocketViolation)
}

private struct Conversation {
    var role: WebSocketRole
    var limits = MessageReader.Limits()
    var allowsCompression = false

    func hear(_ reads: [[UInt8]]) throws(Finding) -> [Said] {
        var reader = MessageReader(role: role, limits: limits, allowsCompression: allowsCompression)
        var heard: [Said] = []
        for read in reads {
            var buffer = read
            var bytes = buffer.mutableSpan
            var unread = 0..<read.count
            while let event = reader.next(in: &bytes, unread: &unread) {
                switch event {
                case .text(let payload): heard.append(.message(.text, payload.bytes(in: bytes.span), false))
                case .binary(let payload): heard.append(.message(.binary, payload.bytes(in: bytes.span), false))
                case .compressed(let opcode, let payload):
                    try expect(allowsCompression, "a compressed message that was not negotiated")
                    heard.append(.message(opcode, payload.bytes(in: bytes.span), true))
                case .ping(let payload): heard.append(.control(.ping, payload.bytes(in: bytes.span)))
                case .pong(let payload): heard.append(.control(.pong, payload.bytes(in: bytes.span)))
                case .close(let code, let reason): heard.append(.close(code, reason))
                case .violation(let violation): heard.append(.violation(violation))
                }
            }
            try expect(unread.isEmpty, "a read is not used up")
            for index in bytes.indices { bytes[index] = 0xEE }
        }
        return heard
    }
}
