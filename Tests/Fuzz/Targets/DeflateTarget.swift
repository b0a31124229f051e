import Wire

extension FuzzTarget {
    /// The input is the compressed payload of one message, cut into several by the choice's first bit.
    func checkInflate(_ input: [UInt8]) throws(Finding) {
        let choice = Choice(input)
        let limit = choice.bit(1) ? 300 : 20_000
        let historyBytes = choice.bit(2) ? 256 : 0
        let opcode = choice.bit(3) ? Opcode.text : .binary
        let middle = choice.bit(0) ? choice.rest.count / 2 : choice.rest.count
        let payloads = [choice.rest[..<middle], choice.rest[middle...]].map { Array($0) }
        let inflater = Inflater()
        let first = try Inflated(payloads, by: inflater, opcode, historyBytes, limit)
        try expect(
            first == (try Inflated(payloads, by: inflater, opcode, historyBytes, limit)), "a message leaves traces")
        for message in first.messages {
            try expect(message.count <= limit, "a message is longer than the limit")
            if opcode == .text { try expect(String(validating: message, as: UTF8.self) != nil, "a text is not UTF-8") }
        }
        for windowClass in DeflateAgreement.WindowClass.allCases {
            guard let payload = Deflater.deflate(choice.rest.span, for: windowClass) else {
                throw Finding(description: "a message cannot be compressed")
            }
            let again = try Inflated([payload], by: inflater, .binary, 0, choice.rest.count)
            try expect(again.messages == [choice.rest], "a compressed message is inflated to another one")
        }
    }

    /// The input is the value of `Sec-WebSocket-Extensions`.
    func checkDeflateOffer(_ input: [UInt8]) throws(Finding) {
        var fields = HTTPFields()
        fields.append("Sec-WebSocket-Extensions", String(decoding: input, as: UTF8.self))
        let members = fields.list("Sec-WebSocket-Extensions")
        guard let offers = DeflateOffer.read(members) else { return }
        try expect(offers.count <= members.count, "there are more offers than were made")
        for offer in offers {
            let agreement = DeflateAgreement(offer)
            try expect((8...15).contains(agreement.clientWindowBits), "a window of \(agreement.clientWindowBits) bits")
            try expect(agreement.historyBytes <= 1 << 15, "too much history is kept")
            try expect(!offer.clientNoContextTakeover || agreement.historyBytes == 0, "history is kept for nothing")
            // An answer is an offer that could have been made, and says the same.
            guard let answer = DeflateOffer.read([agreement.answer])?.first else {
                throw Finding(description: "the answer breaks the grammar")
            }
            try expect(answer.serverNoContextTakeover, "the server takes over its context")
            try expect(answer.serverWindowBits == offer.serverWindowBits, "the server's window is another one")
            try expect(
                answer.clientWindowBits == nil || offer.clientWindowBits != nil, "the client is told what it cannot do")
        }
    }
}

/// What an inflater makes of some messages of one connection.
private struct Inflated: Equatable {
    var messages: [[UInt8]] = []
    var violation: WebSocketViolation?

    init(
        _ payloads: [[UInt8]], by inflater: Inflater, _ opcode: Opcode, _ historyBytes: Int, _ limit: Int
    ) throws(Finding) {
        var history: [UInt8] = []
        for payload in payloads {
            do throws(WebSocketViolation) {
                messages.append(
                    try inflater.inflate(
                        opcode, payload.span, history: &history, keeping: historyBytes, limit: limit))
            } catch {
                violation = error
                return
            }
            try expect(history.count <= historyBytes, "more history is kept than agreed")
        }
    }
}
