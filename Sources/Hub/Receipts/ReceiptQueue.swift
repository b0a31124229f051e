import Clinic
import Store

/// Receipts that wait to be stored, by clinic. A plain value with a limit.
struct ReceiptQueue {
    private let limit: Int
    private var receipts: [ClinicID: [Receipt]] = [:]
    private(set) var count = 0
    /// How many found no room since this was last taken.
    private var dropped = 0

    init(limit: Int) { self.limit = limit }

    /// Adds one; where there is no room it is dropped and counted.
    mutating func add(_ receipt: Receipt, of clinic: ClinicID) {
        guard count < limit else {
            dropped += 1
            return
        }
        receipts[clinic, default: []].append(receipt)
        count += 1
    }

    /// Takes all, in batches of one clinic of at most `size`.
    mutating func takeAll(inBatchesOf size: Int) -> [(clinic: ClinicID, receipts: [Receipt])] {
        defer {
            receipts.removeAll()
            count = 0
        }
        return receipts.flatMap { clinic, receipts in
            stride(from: 0, to: receipts.count, by: size).map { start in
                (clinic, Array(receipts[start..<min(start + size, receipts.count)]))
            }
        }
    }

    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }
}
