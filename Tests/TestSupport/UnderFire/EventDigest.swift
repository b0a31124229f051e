import Database
import Wire

/// A sequence of events in 64 bits: the place, the kind and the alert of each, in order (FNV-1a). Two sequences that differ
/// have different digests, but for one case in 2⁶⁴.
struct EventDigest: Equatable, Sendable {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(seq: Int64, kind: Span<UInt8>, alert: Span<UInt8>) {
        var rest = UInt64(bitPattern: seq)
        for _ in 0..<8 {
            add(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
        for index in kind.indices { add(kind[index]) }
        for index in alert.indices { add(alert[index]) }
    }

    private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
}

/// A clinic's events as PostgreSQL has them.
struct CommittedHistory: Sendable {
    private let events: [(seq: Int64, kind: [UInt8], alert: [UInt8])]

    init(of clinic: String, _ hub: HubProcess) throws {
        let rows = try hub.sql(.superuser).query(
            "SELECT seq, type, COALESCE(payload->>'alertId', '') AS alert FROM clinic_events WHERE clinic_id = $1 ORDER BY seq",
            [.text(clinic)])
        events = try rows.map { row in
            (try row.int64("seq"), Array(try row.string("type").utf8), Array(try row.string("alert").utf8))
        }
    }

    var head: Int64 { events.last?.seq ?? 0 }

    /// Of all events after `seq`, and how many they are.
    func digest(after seq: Int64) -> (digest: EventDigest, count: Int) {
        var digest = EventDigest()
        var count = 0
        for event in events where event.seq > seq {
            digest.add(seq: event.seq, kind: event.kind.span, alert: event.alert.span)
            count += 1
        }
        return (digest, count)
    }
}
