package import Platform

/// A peer's IP address in 16 bytes, without the port; IPv4 as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2).
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    package init(_ address: SocketAddress) {
        let bytes =
            address.bytes.count == 4 ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] + address.bytes : address.bytes
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What limits count by: an IPv4 address itself, the /64 of an IPv6 one, since one site owns all of that.
    package var network: PeerAddress { isIPv4 ? self : PeerAddress(high: high, low: 0) }

    package var description: String {
        if isIPv4 {
            return [24, 16, 8, 0].map { String(low >> UInt64($0) & 0xFF) }.joined(separator: ".")
        }
        let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { half >> UInt64($0) & 0xFFFF } }
        return groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
}
