import Glibc
import Platform
import Testing

private enum SendRingProbe {
    static let isAvailable: Bool = {
        let ring: SendRing? = SendRing()
        return ring != nil
    }()
}

@Suite("Sends on many sockets at once", .enabled(if: SendRingProbe.isAvailable, "the kernel has no io_uring for us"))
struct SendRingTests {
    /// A ring belongs to the thread that made it.
    private func newRing() throws -> SendRing {
        let ring: SendRing? = SendRing()
        return try #require(ring)
    }

    /// Both ends of a connection inside this process, non-blocking.
    private func pair() throws -> (CInt, CInt) {
        var numbers: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &numbers) == 0)
        return (numbers[0], numbers[1])
    }

    private func submit(_ bytes: [UInt8], to numbers: [CInt], by ring: SendRing) -> [Int: Int32] {
        var others: [Int: Int32] = [:]
        bytes.withUnsafeBytes { bytes in
            for (mark, number) in numbers.enumerated() { ring.add(number, bytes, mark: mark) }
            ring.submit { if Int($1) != bytes.count { others[$0] = $1 } }
        }
        return others
    }

    private func receive(_ number: CInt) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = recv(number, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    @Test("each socket has its bytes when the call returns") func sends() throws {
        let ring = try newRing()
        let pairs = try (0..<100).map { _ in try pair() }
        defer { for pair in pairs { for number in [pair.0, pair.1] { close(number) } } }
        for round: UInt8 in 0..<20 {
            #expect(submit([1, 2, round], to: pairs.map(\.0), by: ring) == [:])
            for pair in pairs { #expect(receive(pair.1) == [1, 2, round]) }
        }
    }

    @Test("what fails is told by its mark, and the others are sent") func failures() throws {
        let ring = try newRing()
        let (near, far) = try pair()
        let (left, gone) = try pair()
        close(gone)
        let closed = dup(near)
        close(closed)
        defer { for number in [near, far, left] { close(number) } }
        #expect(submit([5], to: [closed, near, left, near], by: ring) == [0: -EBADF, 2: -EPIPE])
        #expect(receive(far) == [5, 5])
    }

    @Test("a full socket refuses at once, and nothing is sent later") func full() throws {
        let ring = try newRing()
        let (near, far) = try pair()
        defer { for number in [near, far] { close(number) } }
        let bytes = [UInt8](repeating: 7, count: 100_000)
        var sent = 0
        var last: Int32 = 0
        while last == 0, sent < 100 << 20 {
            last = submit(bytes, to: [near], by: ring)[0] ?? 0
            sent += last == 0 ? bytes.count : max(0, Int(last))
        }
        #expect(last == -EAGAIN || last > 0)
        var received = 0
        while true {
            let count = receive(far).count
            if count == 0 { break }
            received += count
        }
        #expect(received == sent)
        #expect(submit([1], to: [near], by: ring) == [:])
        #expect(receive(far) == [1])
    }

    @Test("it is used again after it was full") func capacity() throws {
        let ring = try newRing()
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(null) }
        for _ in 0..<5 {
            let numbers = [CInt](repeating: null, count: SendRing.capacity)
            let others = submit([1], to: numbers, by: ring)
            #expect(others.count == SendRing.capacity)
            #expect(others.values.allSatisfy { $0 == -ENOTSOCK })
        }
        ring.submit { _, _ in Issue.record("nothing was queued") }
    }
}
