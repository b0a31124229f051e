import Foundation
import Testing

@testable import Clinic

/// The zones of this machine, for tests.
enum ZoneFile {
    static let names = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Dublin",
        "Africa/Casablanca", "America/Bogota", "Pacific/Apia", "Antarctica/Troll", "UTC",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)")))
    }

    static func rules(_ name: String) throws -> TimeZoneRules {
        try #require(TimeZoneRules(tzif: try bytes(name)), "\(name)")
    }
}

extension Timestamp {
    /// A moment as RFC 3339 writes it.
    init(_ text: StaticString) throws { self = try #require(Timestamp(rfc3339: text.description)) }
}

/// Seeded, so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
