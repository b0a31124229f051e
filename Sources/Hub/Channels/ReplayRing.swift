/// The newest events of one channel, kept in memory so that a mass reconnect costs no SQL.
///
/// Holds at most `capacity` events, contiguous in `seq`; grows as events come, not before.
struct ReplayRing {
    private let capacity: Int
    private var events: [PublishedEvent] = []
    /// Where the oldest event stands in `events`, once the ring is full.
    private var start = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var oldest: Int64? { events.isEmpty ? nil : events[start].seq }

    /// Adds the event that follows the newest; any other empties the ring first, because it must stay contiguous.
    mutating func append(_ event: PublishedEvent) {
        if let newest, event.seq != newest + 1 { removeAll() }
        if events.count < capacity {
            events.append(event)
        } else {
            events[start] = event
            start = (start + 1) % capacity
        }
    }

    mutating func removeAll() {
        events.removeAll()
        start = 0
    }

    /// Up to `limit` events that follow `seq`; nil if the ring does not reach back that far.
    func events(after seq: Int64, limit: Int) -> [PublishedEvent]? {
        guard let oldest, let newest, seq >= oldest - 1 else { return nil }
        guard seq < newest else { return [] }
        let first = Int(seq + 1 - oldest)
        let end = min(events.count, first + limit)
        return (first..<end).map { events[(start + $0) % events.count] }
    }

    private var newest: Int64? {
        events.isEmpty ? nil : events[(start + events.count - 1) % events.count].seq
    }
}
