import Platform
import Testing

@testable import Transport

@Suite("A bucket of tokens")
struct TokenBucketTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func taken(_ count: Int, _ bucket: inout TokenBucket, _ rate: TokenBucket.Rate, at: MonotonicTime) -> Int {
        var taken = 0
        for _ in 0..<count where bucket.take(rate, now: at) { taken += 1 }
        return taken
    }

    @Test("a burst is taken, then only what time brings")
    func burst() {
        let rate = TokenBucket.Rate(perSecond: 200, burst: 2_000)
        var bucket = TokenBucket(rate, now: start)
        #expect(taken(3_000, &bucket, rate, at: start) == 2_000)
        #expect((99...100).contains(taken(3_000, &bucket, rate, at: start.advanced(by: .milliseconds(500)))))
    }

    @Test("time does not bring more than the burst, and a clock that goes back brings nothing")
    func limit() {
        let rate = TokenBucket.Rate.perSecond(7)
        let later = start.advanced(by: .seconds(1_000_000))
        var bucket = TokenBucket(rate, now: start)
        #expect(taken(3_000, &bucket, rate, at: later) == 70)
        #expect(taken(10, &bucket, rate, at: start) == 0)
        #expect(taken(10, &bucket, rate, at: later) == 0)
    }

    @Test("asking in vain again and again does not put off the next token")
    func inVain() {
        let rate = TokenBucket.Rate(perSecond: 1, burst: 1)
        var bucket = TokenBucket(rate, now: start)
        #expect(taken(1, &bucket, rate, at: start) == 1)
        for step in 1..<1_000 {
            #expect(taken(1, &bucket, rate, at: start.advanced(by: .milliseconds(step))) == 0)
        }
        #expect(taken(1, &bucket, rate, at: start.advanced(by: .milliseconds(1_001))) == 1)
    }

    @Test("it is full again once the time for all that was taken has passed")
    func full() {
        let rate = TokenBucket.Rate(perSecond: 10, burst: 10)
        var bucket = TokenBucket(rate, now: start)
        #expect(bucket.isFull(rate, now: start))
        #expect(taken(5, &bucket, rate, at: start) == 5)
        #expect(!bucket.isFull(rate, now: start.advanced(by: .milliseconds(490))))
        #expect(bucket.isFull(rate, now: start.advanced(by: .milliseconds(501))))
    }
}

@Suite("Limits by key")
struct LimitTableTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func table(open: Int = 2, openings: Int = 100, messages: Int = 1, capacity: Int = 16) -> LimitTable<Int> {
        LimitTable(
            .init(
                open: open, openings: TokenBucket.Rate(perSecond: Double(openings), burst: Double(openings)),
                messages: TokenBucket.Rate(perSecond: Double(messages), burst: Double(messages))),
            capacity: capacity)
    }

    @Test("what is open counts until it is closed, each key by itself")
    func open() {
        var table = table()
        #expect(table.open(1, now: start) == nil)
        #expect(table.open(1, now: start) == nil)
        #expect(table.open(1, now: start) == .tooManyOpen)
        #expect(table.open(2, now: start) == nil)
        table.close(1)
        #expect(table.open(1, now: start) == nil)
    }

    @Test("closing more than was opened gives nothing")
    func closedTwice() {
        var table = table(open: 1)
        for _ in 0..<3 { table.close(1) }
        #expect(table.open(1, now: start) == nil)
        #expect(table.open(1, now: start) == .tooManyOpen)
    }

    @Test("openings and messages have their own rates, and one refused is not counted as open")
    func rates() {
        var table = table(open: 10, openings: 1)
        #expect(table.open(1, now: start) == nil)
        #expect(table.open(1, now: start) == .tooManyOpenings)
        #expect(table.openCount(of: 1) == 1)
        #expect(table.take(1, now: start) == nil)
        #expect(table.take(1, now: start) == .tooManyMessages)
        let later = start.advanced(by: .milliseconds(1_001))
        #expect(table.open(1, now: later) == nil)
        #expect(table.take(1, now: later) == nil)
    }

    @Test("a key that is idle and full is forgotten for a new one")
    func idle() {
        var table = table(capacity: 4)
        for key in 0..<4 { #expect(table.take(key, now: start) == nil) }
        #expect(table.open(9, now: start.advanced(by: .seconds(2))) == nil)
        #expect(table.count == 1)
    }

    @Test("where there is no room, those with nothing open go, and what is open stays counted")
    func noRoom() {
        var table = table(open: 1, capacity: 8)
        for key in 0..<6 { #expect(table.open(key, now: start) == nil) }
        for key in 0..<1_000 { #expect(table.take(1_000 + key, now: start) == nil) }
        #expect(table.count <= 8)
        for key in 0..<6 { #expect(table.open(key, now: start) == .tooManyOpen) }
    }

    @Test("a new key is refused where all others have something open")
    func full() {
        var table = table(capacity: 3)
        for key in 0..<3 { #expect(table.open(key, now: start) == nil) }
        #expect(table.open(9, now: start) == .tooManyOpen)
        #expect(table.take(9, now: start) == .tooManyMessages)
        table.close(0)
        #expect(table.open(9, now: start) == nil)
    }
}

@Suite("Limits by address")
struct AddressLimitsTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)

    private func address(_ text: String) throws -> PeerAddress {
        PeerAddress(try #require(SocketAddress(host: text, port: 1)))
    }

    @Test("an address counts its connections over all loops, and a /64 is one address")
    func connections() throws {
        let limits = AddressLimits.limited { $0.connectionsPerAddress = 1 }
        #expect(limits.admit(try address("2001:db8::1"), now: now) == nil)
        #expect(limits.admit(try address("2001:db8::2"), now: now) == .addressLimit)
        #expect(limits.admit(try address("2001:db8:0:1::1"), now: now) == nil)
        #expect(limits.admit(try address("192.0.2.1"), now: now) == nil)
        limits.leave(try address("2001:db8::ffff"), wasStranger: true)
        #expect(limits.admit(try address("2001:db8::2"), now: now) == nil)
    }

    @Test("strangers have limits of their own; whoever is recognised makes room")
    func strangers() throws {
        let limits = AddressLimits.limited {
            $0.strangers = 3
            $0.strangersPerAddress = 2
        }
        let (first, second) = (try address("192.0.2.1"), try address("192.0.2.2"))
        #expect(limits.admit(first, now: now) == nil)
        #expect(limits.admit(first, now: now) == nil)
        #expect(limits.admit(first, now: now) == .addressStrangerLimit)
        #expect(limits.admit(second, now: now) == nil)
        #expect(limits.admit(second, now: now) == .strangerLimit)
        limits.recognise(first)
        #expect(limits.admit(first, now: now) == nil)
        limits.leave(first, wasStranger: false)
        #expect(limits.admit(second, now: now) == .strangerLimit)
        limits.leave(first, wasStranger: true)
        #expect(limits.admit(second, now: now) == nil)
    }

    @Test("connections may be opened so fast, and messages sent so fast")
    func rates() throws {
        let limits = AddressLimits.limited {
            $0.openingsPerAddress = TokenBucket.Rate(perSecond: 1, burst: 2)
            $0.messagesPerAddress = TokenBucket.Rate(perSecond: 1, burst: 1)
        }
        let peer = try address("192.0.2.1")
        for _ in 0..<2 {
            #expect(limits.admit(peer, now: now) == nil)
            limits.leave(peer, wasStranger: true)
        }
        #expect(limits.admit(peer, now: now) == .addressRate)
        #expect(limits.takeMessage(of: peer, now: now))
        #expect(!limits.takeMessage(of: peer, now: now))
        #expect(limits.takeMessage(of: try address("192.0.2.2"), now: now))
        #expect(limits.admit(peer, now: now.advanced(by: .seconds(1))) == nil)
    }

    @Test("two servers that share the limits count together")
    func shared() throws {
        let limits = AddressLimits.limited { $0.connectionsPerAddress = 1 }
        let first = try LoopbackServer(addresses: limits)
        let second = try LoopbackServer(addresses: limits)
        let peer = try first.connect()
        try peer.get("/a")
        _ = try peer.response()
        #expect(try second.connect().text().hasPrefix("HTTP/1.1 429 "))
        peer.close()
        #expect(eventually { first.counters.openConnections == 0 })
        let again = try second.connect()
        try again.get("/a")
        _ = try again.response()
    }

    @Test("one that is refused reads why, though its request was sent already")
    func answerSurvives() throws {
        let server = try LoopbackServer(addresses: .limited { $0.strangersPerAddress = 1 })
        let peer = try server.connect()
        try peer.upgrade()
        for _ in 0..<20 {
            let refused = try server.connect()
            _ = refused.offer(Array("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            let text = try refused.text()
            #expect(text.hasPrefix("HTTP/1.1 429 "))
            #expect(text.contains("\r\nRetry-After: "))
        }
        #expect(server.counters.refusals[.addressStrangerLimit] == 20)
    }
}
