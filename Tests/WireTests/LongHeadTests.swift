import Testing
import Wire

@Suite("Long headers")
struct LongHeadTests {
    @Test("a head that comes byte by byte costs time in proportion to its length (tungstenite CVE-2023-43669)")
    func linear() {
        let clock = ContinuousClock()
        func time(_ bytes: Int) -> Duration {
            let head = Array("GET / HTTP/1.1\r\nHost: h\r\nX: ".utf8) + [UInt8](repeating: 0x61, count: bytes)
            let limits = HTTPLimits(maximumHeadBytes: 1 << 20)
            // The least of some runs: others use the machine as well.
            return (0..<5).map { _ in
                clock.measure {
                    var parser = HTTPRequestParser(limits: limits)
                    for byte in head { _ = try? parser.parse([byte]) }
                }
            }.min() ?? .zero
        }
        let short = time(8_000)
        // Read again at each byte, it would take 256 times as long.
        #expect(time(16 * 8_000) < short * 64)
    }
}
