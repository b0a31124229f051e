import Clinic
import HubProtocol
import Store
import Testing

@testable import Hub

@Suite struct ReceiptQueueTests {
    private func receipt(_ seq: Int64) -> Receipt {
        Receipt(seq: seq, user: UserID(high: 0, low: 1), session: SessionID(high: 0, low: 1), stage: .received)
    }

    @Test("a full queue drops what is new, and nothing of what it has") func full() {
        var queue = ReceiptQueue(limit: 10)
        for seq: Int64 in 1...13 { queue.add(receipt(seq), of: ClinicID(high: 0, low: UInt64(seq % 2))) }
        #expect(queue.count == 10)
        #expect(queue.takeDropped() == 3)
        #expect(queue.takeDropped() == 0)
        let taken = queue.takeAll(inBatchesOf: 100)
        #expect(taken.flatMap { $0.receipts.map(\.seq) }.sorted() == Array(1...10))
        #expect(queue.count == 0)
    }

    @Test("batches are of one clinic and no larger than asked") func batches() {
        var queue = ReceiptQueue(limit: 100)
        for seq: Int64 in 1...25 { queue.add(receipt(seq), of: ClinicID(high: 0, low: seq <= 20 ? 1 : 2)) }
        let batches = queue.takeAll(inBatchesOf: 8)
        #expect(batches.map(\.receipts.count).sorted() == [4, 5, 8, 8])
        let ofFirst = batches.filter { $0.clinic == ClinicID(high: 0, low: 1) }.flatMap { $0.receipts.map(\.seq) }
        #expect(ofFirst == Array(1...20))
    }
}
