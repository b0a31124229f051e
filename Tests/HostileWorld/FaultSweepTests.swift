import Testing
import Wire

/// One conversation, again and again: each time another of its system calls fails, or bytes come and go in another size.
@Suite("Every step of a conversation fails once")
struct FaultSweepTests {
    /// A request, an upgrade, messages, a close.
    private static func talker(_ link: Link, _ pace: Peer.Pace) -> Peer {
        let text = Array("Grüße 🚑".utf8)
        let sent: [[UInt8]] = [
            Array("GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n".utf8), Peer.handshake("/echo"),
            Peer.frame(.text, text), Peer.frame(.ping, [1]),
            Peer.frame(.binary, [1, 2, 3], isFinal: false) + Peer.frame(.continuation, [4]),
            Peer.frame(.close, [0x03, 0xE8]),
        ]
        var acts: [Peer.Act] = []
        for bytes in sent { acts.append(.send(bytes)) }
        return Peer(
            "talker \(link.name)", link: link, pace: pace, acts: acts,
            check: Peer.expecting(
                [.response(200), .response(101), .text(text), .binary([1, 2, 3, 4]), .close(1000)], pings: [[1]]))
    }

    private static func scenario(room: Int = 100_000, pace: Peer.Pace = .pieces) -> Scenario {
        var scenario = Scenario(seed: 1) { random, token, channel, newest in
            [
                talker(Link(name: 0, room: room), pace), talker(Link(name: 1, room: 100_000), .whole),
                .screen(
                    Link(name: 2, room: room), &random, token: token, channel: channel, newest: newest, isDeaf: false),
            ]
        }
        scenario.events = 5
        return scenario
    }

    @Test("each call of each connection fails with each error that Linux has for it; the neighbours notice nothing")
    func everyCall() throws {
        let calls = try Simulation.run(Self.scenario()).calls
        try #require(calls.count == 4 && calls.allSatisfy { $0 > 3 })
        for link in 0..<3 {
            for call in 1...calls[link] {
                for choice in 0..<7 {
                    var scenario = Self.scenario()
                    scenario.faults.planned = Faults.Planned(link: link, call: call, choice: choice)
                    try expectClean(scenario, "connection \(link), call \(call), error \(choice)")
                }
            }
        }
    }

    @Test("a connection is reset before each of its calls")
    func everyReset() throws {
        let calls = try Simulation.run(Self.scenario()).calls
        for call in 0...calls[0] {
            var scenario = Self.scenario()
            let peers = scenario.peers
            scenario.peers = { random, token, channel, newest in
                let all = peers(&random, token, channel, newest)
                all[0].lastCall = call
                return all
            }
            try expectClean(scenario, "after \(call) calls")
        }
    }

    @Test("the socket takes so many bytes at a time, and the peer's bytes come one by one", arguments: 1...64)
    func everyRoom(_ room: Int) throws {
        try expectClean(Self.scenario(room: room), "\(room) bytes")
        try expectClean(Self.scenario(room: room, pace: .bytes), "\(room) bytes, one by one")
    }

    @Test("what comes at once, more than a turn reads, is read to its end", arguments: [false, true])
    func muchAtOnce(_ isSecure: Bool) throws {
        let messages = (0..<10).map { [UInt8](repeating: UInt8($0), count: 70_000) }
        var scenario = Scenario(seed: 1) { _, _, _, _ in
            let sent = messages.flatMap { Peer.frame(.binary, $0) } + Peer.frame(.close, [0x03, 0xE8])
            return [
                Peer(
                    "flood", link: Link(name: 0, room: 4_000_000), pace: .whole,
                    acts: [.send(Peer.handshake("/echo")), .wait(until: { !$0.items.isEmpty }), .send(sent)],
                    check: Peer.expecting(
                        [.response(101)] + messages.map { .binary($0) } + [PeerReading.Item.close(1000)]))
            ]
        }
        scenario.isSecure = isSecure
        try expectClean(scenario, isSecure ? "over TLS" : "plain")
    }

    @Test("over TLS each call of one connection fails too, and the socket takes so many bytes at a time")
    func everySecureCall() throws {
        var plain = Self.scenario()
        plain.isSecure = true
        let calls = try Simulation.run(plain).calls
        for call in 1...calls[0] {
            for choice in [0, 1, 3] {
                var scenario = plain
                scenario.faults.planned = Faults.Planned(link: 0, call: call, choice: choice)
                try expectClean(scenario, "call \(call), error \(choice), over TLS")
            }
        }
        for room in [1, 2, 3, 5, 17, 100, 1_000] {
            var scenario = Self.scenario(room: room, pace: .bytes)
            scenario.isSecure = true
            try expectClean(scenario, "\(room) bytes, one by one, over TLS")
        }
    }

    @Test("nobody is lost where accept fails for want of descriptors and memory again and again")
    func accepting() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var scenario = Self.scenario()
            scenario.seed = seed
            scenario.faults.acceptPerMille = 900
            try expectClean(scenario, "seed \(seed)")
        }
    }
}
