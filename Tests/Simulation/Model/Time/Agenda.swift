import Clinic

/// What is to happen, in the order of virtual time; at one moment in the order in which it was put there.
struct Agenda {
    private struct Entry {
        let at: Int64
        let order: UInt64
        let act: () -> Void

        func comes(before other: Entry) -> Bool { (at, order) < (other.at, other.order) }
    }

    private var heap: [Entry] = []
    private var added: UInt64 = 0

    mutating func add(at moment: Timestamp, _ act: @escaping () -> Void) {
        heap.append(Entry(at: moment.microseconds, order: added, act: act))
        added += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].comes(before: heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// The next one, if it is due by `end`.
    mutating func next(until end: Timestamp) -> (at: Timestamp, act: () -> Void)? {
        guard let first = heap.first, first.at <= end.microseconds, let last = heap.popLast() else { return nil }
        if !heap.isEmpty { sink(last) }
        return (Timestamp(microseconds: first.at), first.act)
    }

    private mutating func sink(_ entry: Entry) {
        heap[0] = entry
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].comes(before: heap[least]) { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
