import Platform

/// A call that waits for a connection of its own.
final class Reservation {
    let deadline: MonotonicTime
    private(set) var connection: Connection?
    var completion: (Result<Void, DatabaseError>) -> Void = { _ in }

    init(deadline: MonotonicTime) { self.deadline = deadline }

    func grant(_ connection: Connection) {
        self.connection = connection
        completion(.success(()))
    }
}

/// The calls of a pool that wait for a connection, first come first served.
struct WaitingCalls {
    enum Call {
        case batch(Batch)
        /// Wants a connection for itself.
        case exclusive(Reservation)

        var deadline: MonotonicTime {
            switch self {
            case .batch(let batch): batch.deadline
            case .exclusive(let reservation): reservation.deadline
            }
        }

        func fail(_ error: DatabaseError) {
            switch self {
            case .batch(let batch): batch.fail(error)
            case .exclusive(let reservation): reservation.completion(.failure(error))
            }
        }
    }

    // A queue in an array: what was taken is dropped when it is the larger half.
    private var calls: [Call] = []
    private var head = 0

    var count: Int { calls.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Call? { isEmpty ? nil : calls[head] }
    var earliestDeadline: MonotonicTime? { calls[head...].lazy.map(\.deadline).min() }

    mutating func append(_ call: Call) { calls.append(call) }

    mutating func removeFirst() {
        head += 1
        if head * 2 >= calls.count {
            calls.removeFirst(head)
            head = 0
        }
    }

    /// Takes out every call whose deadline has passed, in order.
    mutating func removeOverdue(_ now: MonotonicTime) -> [Call] {
        let overdue = calls[head...].filter { $0.deadline <= now }
        calls = calls[head...].filter { $0.deadline > now }
        head = 0
        return overdue
    }

    mutating func removeAll() -> [Call] {
        defer {
            calls = []
            head = 0
        }
        return Array(calls[head...])
    }
}
