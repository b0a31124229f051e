import Foundation
import Testing

@testable import Clinic

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "writes RFC 3339 with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_169_730_123_999, "2026-11-20T10:15:30.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func writes(_ microseconds: Int64, _ text: String) {
        #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
    }

    @Test("writes what Foundation writes, and reads it back, from 1583 to 9987")
    func foundation() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var seconds: Int64 = -12_212_000_000
        while seconds < 253_000_000_000 {
            let text = Timestamp(microseconds: seconds * 1_000_000).rfc3339
            #expect(text == Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(style))
            #expect(Timestamp(rfc3339: text)?.microseconds == seconds * 1_000_000)
            seconds += 86_400 * 97 + 12_345
        }
    }

    @Test("does not trap at the ends of its range")
    func ends() {
        for microseconds in [Int64.min, .min + 1, .max - 1, .max] {
            #expect(!Timestamp(microseconds: microseconds).rfc3339.isEmpty)
        }
        let first = Timestamp(microseconds: .min)
        let last = Timestamp(microseconds: .max)
        #expect(last.advanced(by: .seconds(Int64.max)) == last)
        #expect(first.advanced(by: .seconds(Int64.min)) == first)
        #expect(last.advanced(by: .microseconds(-1)).microseconds == .max - 1)
        #expect(last.duration(since: first) == .microseconds(Int64.max))
        #expect(first.duration(since: last) == .microseconds(Int64.min))
    }

    @Test("moves by durations and tells them again")
    func arithmetic() {
        let start = Timestamp(microseconds: 1_000_000)
        #expect(start.advanced(by: .milliseconds(1_500)).microseconds == 2_500_000)
        #expect(start.advanced(by: .seconds(-2)).microseconds == -1_000_000)
        #expect(start.advanced(by: .seconds(15)).duration(since: start) == .seconds(15))
        #expect(start < start.advanced(by: .microseconds(1)))
    }

    @Test("reads fractions and offsets")
    func reads() {
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:01Z")?.microseconds == 1_000_000)
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:00.5Z")?.microseconds == 500_000)
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:00.1234567891Z")?.microseconds == 123_456)
        #expect(Timestamp(rfc3339: "1970-01-01T02:00:00+02:00")?.microseconds == 0)
        #expect(Timestamp(rfc3339: "1969-12-31T19:30:00-04:30")?.microseconds == 0)
    }

    @Test(
        "refuses what is not a moment",
        arguments: [
            "", "2026-11-20", "2026-11-20T10:15:30", "2026-11-20 10:15:30Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z", "2026-12-31T23:59:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:00+24:00", "-026-01-01T00:00:00Z", "2026-1-01T00:00:00Z",
        ])
    func refused(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
