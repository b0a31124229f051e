/// Names a scheduled action, to cancel it.
package struct TimerToken: Sendable, Hashable {
    let number: UInt64
}

/// The actions of a loop that wait for their time: a binary heap by deadline; cancelling is lazy.
///
/// Cost: O(log n) to schedule and to fire, O(1) to cancel; cancelled entries are swept when they are the majority.
struct TimerQueue {
    private struct Entry {
        let deadline: MonotonicTime
        let number: UInt64

        func precedes(_ other: Entry) -> Bool { (deadline, number) < (other.deadline, other.number) }
    }

    private var heap: [Entry] = []
    private var actions: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    var count: Int { actions.count }

    mutating func schedule(at deadline: MonotonicTime, _ action: @escaping () -> Void) -> TimerToken {
        lastNumber &+= 1
        actions[lastNumber] = action
        heap.append(Entry(deadline: deadline, number: lastNumber))
        siftUp(from: heap.count - 1)
        return TimerToken(number: lastNumber)
    }

    mutating func cancel(_ token: TimerToken) {
        actions[token.number] = nil
        if heap.count > 64, heap.count > actions.count * 2 { sweep() }
    }

    /// When the next action is due; nil if none waits.
    mutating func nextDeadline() -> MonotonicTime? {
        dropCancelled()
        return heap.first?.deadline
    }

    /// Takes one action whose time has come, the earliest first; those of one deadline in the order of scheduling.
    mutating func popDue(_ now: MonotonicTime) -> (() -> Void)? {
        dropCancelled()
        guard let first = heap.first, first.deadline <= now else { return nil }
        removeFirst()
        return actions.removeValue(forKey: first.number)
    }

    private mutating func dropCancelled() {
        while let first = heap.first, actions[first.number] == nil { removeFirst() }
    }

    private mutating func sweep() {
        let live = heap.filter { actions[$0.number] != nil }
        heap.removeAll(keepingCapacity: true)
        for entry in live {
            heap.append(entry)
            siftUp(from: heap.count - 1)
        }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown()
    }

    private mutating func siftUp(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].precedes(heap[parent]) else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown() {
        var index = 0
        while true {
            let left = index * 2 + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].precedes(heap[left]) ? right : left
            guard heap[child].precedes(heap[index]) else { return }
            heap.swapAt(index, child)
            index = child
        }
    }
}
