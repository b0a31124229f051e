import Wire

/// A dashboard: shows who it is, subscribes, and must be given each event once and in order.
extension Peer {
    /// What a screen was told of its channel.
    struct Stream {
        private(set) var isWelcome = false
        private(set) var start: Int64?
        private(set) var last: Int64?
        private(set) var fault: String?

        init(_ items: some Sequence<PeerReading.Item>) {
            for case .text(let text) in items where fault == nil { take(text) }
        }

        private mutating func take(_ text: [UInt8]) {
            guard let message = try? JSONReader.readObject(text), case .string(let type)? = message["type"] else {
                return fault = "a message that is none"
            }
            switch (type, message["seq"]) {
            case ("welcome", _): isWelcome = true
            case ("subscribed", .integer(let seq)?):
                if !isWelcome || start != nil { fault = "subscribed at the wrong time" }
                start = seq
                last = seq
            case ("event", .integer(let seq)?):
                guard let last, seq == last + 1 else { return fault = "event \(seq) behind \(last ?? -1)" }
                self.last = seq
            case ("heartbeat", _): break
            default: fault = "a message of type \(type)"
            }
        }
    }

    /// - Parameters:
    ///   - newest: the last event that there will be.
    ///   - isDeaf: whether it reads nothing after its subscription, so that the hub must end it.
    static func screen(
        _ link: Link, _ random: inout SplitMix, token: String, channel: String, newest: Int64, isDeaf: Bool
    ) -> Peer {
        let subscribe = frame(.text, Array(#"{"type":"subscribe","id":1,"channel":"\#(channel)"}"#.utf8))
        let hello = handshake("/ws", "Sec-WebSocket-Protocol: alert-hub.v1, bearer.\(token)\r\n")
        var acts: [Act] = [.send(hello + subscribe)]
        if isDeaf {
            acts.append(.stopReading)
        } else {
            acts.append(.wait(until: { $0.newestSeq == newest }))
            acts.append(.send(frame(.close, [0x03, 0xE8])))
        }
        return Peer(
            "\(isDeaf ? "deaf" : "screen") \(link.name)", link: link, pace: .random(&random), isHonest: !isDeaf,
            acts: acts
        ) { reading, isWhole in
            let stream = Stream(reading.items)
            if let fault = stream.fault { return fault }
            guard isWhole else { return nil }
            if stream.last != newest { return "the last event is \(stream.last ?? -1) of \(newest)" }
            return reading.items.last == .close(1000) ? nil : "closed by \(String(describing: reading.items.last))"
        }
    }
}
