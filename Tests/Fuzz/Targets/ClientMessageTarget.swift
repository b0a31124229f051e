import HubProtocol
import Wire

extension FuzzTarget {
    func checkClientMessage(_ input: [UInt8]) throws(Finding) {
        let tag: MessageTag?
        var text = ""
        switch Result(catching: { () throws(ClientMessageError) in try ClientMessage(reading: input) }) {
        case .success(let message):
            tag = message.tag
            try expect(isInBounds(message.body), "a message is out of bounds")
        case .failure(let error):
            tag = error.tag
            text = error.message
            try expect(text.utf8.count <= 1_024, "an error says too much")
        }
        // Whatever was asked, the answer is JSON and carries the message's id.
        let answer = ServerMessage.error(tag: tag, code: .badRequest, message: text).encoded()
        guard let object = try? JSONReader.readObject(answer) else {
            throw Finding(description: "an answer is no JSON")
        }
        switch tag {
        case .number(let number): try expect(object["id"] == .integer(number), "the id is another one")
        case .text(let text): try expect(object["id"] == .string(text), "the id is another one")
        case nil: try expect(object["id"] == nil || object["id"] == .null, "an id from nowhere")
        }
    }

    private func isInBounds(_ body: ClientMessage.Body) -> Bool {
        switch body {
        case .authenticate(let token), .refresh(let token):
            !token.isEmpty && token.unicodeScalars.count <= ClientMessageLimits.maximumTokenLength
        case .subscribe(_, let since): since.map { $0.seq >= 0 } ?? true
        case .receipt(_, let seq, _): seq >= 1
        case .unsubscribe, .act, .ping: true
        }
    }
}
