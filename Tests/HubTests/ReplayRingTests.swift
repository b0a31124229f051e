import Testing

@testable import Hub

@Suite struct ReplayRingTests {
    private func ring(_ seqs: ClosedRange<Int64>, capacity: Int) -> ReplayRing {
        var ring = ReplayRing(capacity: capacity)
        for seq in seqs { ring.append(.numbered(seq)) }
        return ring
    }

    @Test("an empty ring answers for nothing") func empty() {
        #expect(ReplayRing(capacity: 4).events(after: 0, limit: 10) == nil)
        #expect(ReplayRing(capacity: 4).oldest == nil)
    }

    @Test("every place in a ring that has wrapped is answered exactly", arguments: 1...20 as ClosedRange<Int64>)
    func wraps(newest: Int64) {
        let ring = ring(1...newest, capacity: 7)
        let oldest = max(1, newest - 6)
        #expect(ring.oldest == oldest)
        for seq in 0...newest {
            let events = ring.events(after: seq, limit: 100)?.map(\.seq)
            #expect(events == (seq < oldest - 1 ? nil : Array((seq + 1)..<(newest + 1))))
        }
    }

    @Test("a page ends at the limit") func page() {
        #expect(ring(1...20, capacity: 8).events(after: 14, limit: 3)?.map(\.seq) == [15, 16, 17])
    }

    @Test("a gap empties the ring, because it must stay contiguous") func gap() {
        var ring = ring(1...5, capacity: 8)
        ring.append(.numbered(9))
        #expect(ring.oldest == 9)
        #expect(ring.events(after: 5, limit: 10) == nil)
        #expect(ring.events(after: 8, limit: 10)?.map(\.seq) == [9])
    }

    @Test("a capacity of nothing still holds one event") func noCapacity() {
        #expect(ring(1...3, capacity: 0).events(after: 2, limit: 10)?.map(\.seq) == [3])
    }
}
