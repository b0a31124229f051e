/// The open connections of a loop and their deadlines, dense so that the sweep reads four bytes a connection.
struct ConnectionTable {
    /// The deadline of a connection that waits for nothing.
    static let never = UInt32.max

    private var connections: [Connection] = []
    private var deadlines: [UInt32] = []

    var count: Int { connections.count }
    var all: [Connection] { connections }

    mutating func insert(_ connection: Connection, deadline: UInt32) {
        connection.slot = Int32(truncatingIfNeeded: connections.count)
        connections.append(connection)
        deadlines.append(deadline)
    }

    /// Takes the connection out; the last one moves to its place.
    mutating func remove(_ connection: Connection) {
        let slot = Int(connection.slot)
        guard slot >= 0 else { return }
        let last = connections.count - 1
        if slot != last {
            connections[slot] = connections[last]
            deadlines[slot] = deadlines[last]
            connections[slot].slot = connection.slot
        }
        connections.removeLast()
        deadlines.removeLast()
        connection.slot = -1
    }

    /// Puts `successor` where `connection` was (an upgrade).
    mutating func replace(_ connection: Connection, by successor: Connection) {
        let slot = Int(connection.slot)
        guard slot >= 0 else { return }
        connections[slot] = successor
        deadlines[slot] = Self.never
        successor.slot = connection.slot
        connection.slot = -1
    }

    mutating func setDeadline(_ tick: UInt32, of connection: Connection) {
        guard connection.slot >= 0 else { return }
        deadlines[Int(connection.slot)] = tick
    }

    /// Those whose deadline has passed at `tick`.
    func due(at tick: UInt32) -> [Connection] {
        var due: [Connection] = []
        for slot in deadlines.indices where deadlines[slot] <= tick { due.append(connections[slot]) }
        return due
    }
}
