import Clinic
import Glibc
import Platform
import Testing
import Wire

@testable import Hub

@Suite("An event for many screens") struct FanOutTests {
    private static let isRingAvailable: Bool = {
        let ring: SendRing? = SendRing()
        return ring != nil
    }()
    private static let rings = isRingAvailable ? [false, true] : [false]
    private let epoch = EpochID(high: 1, low: 1)

    private func channel(together: Bool) throws -> Channel {
        let ring: SendRing? = together ? SendRing() : nil
        #expect(together == (ring != nil))
        let channel = Channel(clinic: ClinicID(high: 0, low: 1), ringCapacity: 8, fanOut: FanOut(ring: ring))
        channel.start(epoch: epoch, head: 0)
        return channel
    }

    private func add(_ sink: any Subscriber, to channel: Channel, isLive: Bool = true) -> Subscription {
        let subscription = Subscription(clinic: channel.clinic, seq: 0, subscriber: sink)
        channel.add(subscription)
        subscription.isLive = isLive
        return subscription
    }

    @Test("each live screen gets each event once, by its socket or by itself", arguments: rings)
    func delivers(together: Bool) throws {
        let channel = try channel(together: together)
        let screens = try (0..<200).map { try SocketSubscriber(offers: $0 % 3 != 0) }
        let subscriptions = screens.enumerated().map { add($1, to: channel, isLive: $0 % 10 != 9) }
        for seq: Int64 in 1...5 { channel.publish(.numbered(seq)) }
        channel.remove(subscriptions[0])
        channel.publish(.numbered(6))
        for (index, screen) in screens.enumerated() {
            #expect(screen.received == (index % 10 == 9 ? "" : index == 0 ? "12345" : "123456"))
            #expect(screen.settled.isEmpty)
            #expect(subscriptions[index].seq == (index % 10 == 9 ? 0 : index == 0 ? 5 : 6))
        }
    }

    @Test("fewer screens than pay for io_uring are sent to one by one") func few() throws {
        let channel = try channel(together: Self.rings.count == 2)
        let screens = try (0..<63).map { _ in try SocketSubscriber(offers: true) }
        let subscriptions = screens.map { add($0, to: channel) }
        channel.publish(.numbered(1))
        #expect(screens.allSatisfy { $0.received == "1" && $0.offers == 0 })
        withExtendedLifetime(subscriptions) {}
    }

    @Test("each sink is told what its own send came to, however many there are", .enabled(if: rings.count == 2))
    func settles() throws {
        let channel = try channel(together: true)
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(null) }
        let screens = try (0..<SendRing.capacity + 100).map { index in
            try SocketSubscriber(offers: true, instead: index % 2 == 0 ? null : 1 << 20)
        }
        let subscriptions = screens.map { add($0, to: channel) }
        channel.publish(.numbered(1))
        for (index, screen) in screens.enumerated() {
            #expect(screen.settled == [index % 2 == 0 ? -ENOTSOCK : -EBADF])
        }
        withExtendedLifetime(subscriptions) {}
    }
}

/// A screen at one end of a pair of sockets, or of a number that is no socket.
private final class SocketSubscriber: Subscriber {
    private var numbers: [CInt] = []
    private let number: CInt
    private let isOffering: Bool
    private(set) var offers = 0
    private(set) var settled: [Int32] = []

    init(offers: Bool, instead: CInt? = nil) throws {
        isOffering = offers
        if instead == nil {
            numbers = [-1, -1]
            try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &numbers) == 0)
        }
        number = instead ?? numbers[0]
    }

    deinit { for number in numbers { close(number) } }

    var received: String {
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = recv(numbers[1], &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    func deliver(_ frame: OutboundFrame) { _ = frame.bytes.withUnsafeBytes { Socket.send(number, $0) } }

    func offer(_ frame: OutboundFrame) -> Int32 {
        offers += 1
        if isOffering { return number }
        deliver(frame)
        return -1
    }

    func settle(_ frame: OutboundFrame, _ result: Int32) { settled.append(result) }
    func drained() async -> Bool { true }
    func lostHistory() {}
}
