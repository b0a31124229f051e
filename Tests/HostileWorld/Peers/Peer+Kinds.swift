import Wire

/// The kinds of peers. Each knows what it must be told.
extension Peer {
    static func frame(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        FrameEncoder.maskedFrame(opcode, payload, key: MaskKey(0x5A17_C0DE), isFinal: isFinal)
    }

    static func handshake(_ path: String, _ fields: String = "") -> [UInt8] {
        Array(
            """
            GET \(path) HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(fields)\r\n
            """.utf8)
    }

    /// Exactly these, or the start of them where the connection did not live to the end; pongs answer pings in their order,
    /// but an older one may give way to a newer one (RFC 6455 §5.5.3).
    static func expecting(
        _ expected: [PeerReading.Item], pings: [[UInt8]] = []
    ) -> (PeerReading, Bool) -> String? {
        { reading, isWhole in
            var unanswered = pings[...]
            var told: [PeerReading.Item] = []
            for item in reading.items {
                guard case .pong(let payload) = item else {
                    told.append(item)
                    continue
                }
                guard let index = unanswered.firstIndex(of: payload) else {
                    return "the pong \(payload) does not answer one of \(unanswered), of \(pings)"
                }
                unanswered = unanswered[(index + 1)...]
            }
            if isWhole ? told == expected : expected.starts(with: told) { return nil }
            let same = zip(told, expected).prefix { $0 == $1 }.count
            return "told \(told.count) of \(expected.count), the same up to \(same): "
                + "\(told.dropFirst(same).prefix(2)) instead of \(expected.dropFirst(same).prefix(2))"
        }
    }

    // MARK: HTTP

    private static let requests: [(text: String, status: UInt16)] = [
        ("GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n", 200),
        ("HEAD /health/live HTTP/1.1\r\nHost: hub\r\n\r\n", 200),
        ("GET /health/ready?a=b%20c HTTP/1.1\r\nHost: hub\r\n\r\n", 200),
        ("GET /nowhere HTTP/1.1\r\nHost: hub\r\n\r\n", 404),
        ("PUT /health/live HTTP/1.1\r\nHost: hub\r\nContent-Length: 3\r\n\r\nabc", 405),
        ("GET / HTTP/1.1\r\nHost: hub\r\n\r\n", 200),
        ("HEAD / HTTP/1.1\r\nHost: hub\r\n\r\n", 200),
        ("POST /api/v1/alerts HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n{}", 401),
        (
            "POST /api/v1/alerts HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "1;x\r\n{\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n", 401
        ),
        ("POST /nowhere HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody", 404),
        ("\r\nOPTIONS * HTTP/1.1\r\nHost: hub\r\n\r\n", 404),
    ]

    private static let lastRequests: [(text: String, status: UInt16?)] = [
        ("", nil),
        ("GET /health/live HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n", 200),
        ("GET /health/live HTTP/1.0\r\n\r\n", 200),
        ("GET /a HTTP/1.1\r\nHost: hub\r\nHost: b\r\n\r\nGET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 999999\r\n\r\nabc", 413),
        ("GET /ws HTTP/1.1\r\nHost: hub\r\n\r\nGET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n", 426),
        ("BREW / HTTP/1.1\r\nHost: hub\r\n\r\n", 501),
    ]

    /// Pipelines requests without waiting, then ends.
    static func browser(_ link: Link, _ random: inout SplitMix) -> Peer {
        let chosen = (0..<random.number(0...6)).map { _ in requests[random.number(0...requests.count - 1)] }
        let last = lastRequests[random.number(0...lastRequests.count - 1)]
        let text = chosen.map(\.text).joined() + last.text
        let statuses = chosen.map(\.status) + [last.status].compactMap { $0 }
        var acts = [Act.send(Array(text.utf8))]
        // Without a last answer that closes, the hub waits for the peer's end.
        if last.status == nil || random.happens(500) { acts.append(.finish) }
        let peer = Peer(
            "browser \(link.name)", link: link, pace: .random(&random), acts: acts,
            check: expecting(statuses.map { .response($0) }))
        peer.reading.headRequests = chosen.map { $0.text.contains("HEAD ") }
        return peer
    }

    /// Sends the start of a request and then nothing more: an absolute deadline ends it.
    static func mute(_ link: Link, _ random: inout SplitMix) -> Peer {
        let (text, status) =
            [
                ("GET /health/live HTTP/1.1\r\nHo", 408 as UInt16?),
                ("POST /x HTTP/1.1\r\nHost: hub\r\nContent-Length: 5\r\n\r\nab", 408),
                ("", nil), ("\r\n", nil),
            ][random.number(0...3)]
        let expected = [status].compactMap { $0 }.map { PeerReading.Item.response($0) }
        return Peer(
            "mute \(link.name)", link: link, pace: .random(&random), acts: [.send(Array(text.utf8))],
            check: expecting(expected))
    }

    // MARK: WebSocket

    /// Is echoed, in one way or the other closed, and told so.
    static func echo(_ link: Link, _ random: inout SplitMix) -> Peer {
        var sent = handshake("/echo")
        var expected = [PeerReading.Item.response(101)]
        var pings: [[UInt8]] = []
        for number in 0..<random.number(0...8) {
            let size = [0, 1, 125, 126, 1_000, 65_535, 65_536, 70_000][random.number(0...random.number(0...7))]
            var payload = [UInt8](repeating: UInt8(ascii: "a") + UInt8(number), count: size)
            let isText = random.happens(500)
            if isText, size > 4 { payload.replaceSubrange(0..<4, with: "🚑".utf8) }
            let opcode = isText ? Opcode.text : .binary
            if random.happens(300) {
                let middle = random.number(0...size)
                sent += frame(opcode, Array(payload[..<middle]), isFinal: false)
                let ping = [UInt8(number), 1]
                pings.append(ping)
                sent += frame(.ping, ping)
                sent += frame(.continuation, Array(payload[middle...]))
            } else {
                sent += frame(opcode, payload)
            }
            expected.append(isText ? .text(payload) : .binary(payload))
            if random.happens(200) {
                pings.append([UInt8(number), 2])
                sent += frame(.ping, [UInt8(number), 2])
            }
        }
        let ends: [(bytes: [UInt8], code: UInt16)] = [
            (frame(.close, [0x03, 0xE8]), 1000), (frame(.close, [0x0F, 0xA0]), 4000), ([0x81, 0x01, 0x61], 1002),
            (frame(.text, [0x61, 0xFF]), 1007), (frame(.close, [0x03]), 1002), ([0xC1, 0x80, 1, 2, 3, 4], 1002),
            ([0x82, 0xFF, 0, 0, 0, 0, 1, 0, 0, 1, 1, 2, 3, 4], 1009), (frame(.continuation, []), 1002),
        ]
        let end = ends[random.number(0...random.number(0...ends.count - 1))]
        let isViolation = end.code != 1000 && end.code != 4000
        var acts = [Act.send(sent)]
        // A violation drops what has not begun to leave, so the echoes are only certain before it.
        let count = expected.count
        if isViolation { acts.append(.wait(until: { $0.items.count { !$0.isPong } >= count })) }
        // A client may have sent more already.
        let tail = isViolation && random.happens(500) ? frame(.binary, [UInt8](repeating: 7, count: 3_000)) : []
        acts.append(.send(end.bytes + tail))
        expected.append(.close(end.code))
        return Peer(
            "echo \(link.name)", link: link, pace: .random(&random), acts: acts,
            check: expecting(expected, pings: pings))
    }

    /// Never shows who it is, or begins a message that it does not end.
    static func stranger(_ link: Link, _ random: inout SplitMix) -> Peer {
        let (bytes, code) = random.happens(500) ? ([UInt8](), 3502 as UInt16) : ([0x81, 0x85, 1, 2, 3, 4, 9], 3502)
        return Peer(
            "stranger \(link.name)", link: link, pace: .random(&random), endsInOrder: false,
            acts: [.send(handshake("/ws") + bytes)],
            check: expecting([.response(101), .close(code)]))
    }
}

extension Peer.Pace {
    static func random(_ random: inout SplitMix) -> Self { allCases[random.number(0...allCases.count - 1)] }
}
