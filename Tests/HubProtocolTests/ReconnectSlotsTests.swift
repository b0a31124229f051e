import HubProtocol
import Testing

@Suite("Slots to come back in")
struct ReconnectSlotsTests {
    /// The most that come within any second.
    private func busiestSecond(_ slots: [UInt32]) -> Int {
        let slots = slots.sorted()
        var most = 0
        var first = 0
        for last in slots.indices {
            while slots[last] - slots[first] >= 1_000 { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }

    private func slots(_ count: Int, perSecond: Int, loops: Int, in lane: (Int) -> Int) -> [UInt32] {
        var places = Array(repeating: 0, count: loops)
        return (0..<count).map { client in
            let lane = lane(client)
            defer { places[lane] += 1 }
            return ReconnectSlots(perSecond: perSecond, lane: lane, of: loops).milliseconds(
                of: places[lane], within: .random(in: 0..<1))
        }
    }

    @Test(
        "15,000 screens come back at the rate and not faster, over one loop, many, or more loops than the rate",
        arguments: [(1_000, 1), (1_000, 2), (1_000, 7), (10, 64), (333, 2)])
    func rate(perSecond: Int, loops: Int) {
        let all = slots(15_000, perSecond: perSecond, loops: loops) { $0 % loops }
        // A slot may be left at its start and the next one entered at its end.
        #expect(busiestSecond(all) <= perSecond + 1)
        #expect(Int(all.max() ?? 0) <= 500 + 15_000 * 1_000 / perSecond + 1_000)
        #expect((all.min() ?? 0) >= 500)
    }

    @Test("loops that are filled unevenly do not make it faster")
    func uneven() {
        let all = slots(15_000, perSecond: 1_000, loops: 4) { $0 % 10 < 7 ? 0 : $0 % 4 }
        #expect(busiestSecond(all) <= 1_001)
    }

    @Test("no two clients have the same slot")
    func distinct() {
        let starts = (0..<3).flatMap { lane in
            (0..<1_000).map { ReconnectSlots(perSecond: 100, lane: lane, of: 3).milliseconds(of: $0, within: 0) }
        }
        #expect(Set(starts).count == 3_000)
    }

    @Test("what makes no sense is held within bounds")
    func bounds() {
        let slots = ReconnectSlots(perSecond: 0, lane: 9, of: 0)
        #expect(slots.milliseconds(of: -1, within: -1) == 500)
        #expect(slots.milliseconds(of: .max, within: 7) == .max)
    }
}
