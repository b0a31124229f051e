import Platform

/// Who may go on with a TLS handshake in this turn of the loop. A value of its loop.
///
/// A handshake costs up to a millisecond of arithmetic, so a storm of them would hold up the sockets that are open. Each
/// turn gives them so much time, one of them at least; who finds it spent waits in line, first come first served.
struct HandshakeRation {
    /// Where a connection stands.
    enum Turn: UInt8 {
        case none
        /// In line.
        case waiting
        /// Called from the line: it may take one step.
        case called
    }

    /// The time of one turn; the last handshake may overrun it.
    let timeATurn: Duration
    /// A line that is longer stops the accepting: who waits in the kernel's backlog costs nothing.
    let longestLine: Int
    private var turn: MonotonicTime?
    private var left: Duration = .zero
    private var line: [Connection] = []
    private var served = 0

    init(timeATurn: Duration, longestLine: Int) {
        self.timeATurn = timeATurn
        self.longestLine = longestLine
    }

    var isLineFull: Bool { line.count - served >= longestLine }
    var isLineEmpty: Bool { served == line.count }

    /// Whether `connection` may go on at once in the turn that began at `turn`; if not, it stands in line.
    mutating func admits(_ connection: Connection, of link: TLSLink, in turn: MonotonicTime) -> Bool {
        begin(turn)
        if link.handshakeTurn == .waiting { return false }
        let isCalled = link.handshakeTurn == .called
        link.handshakeTurn = .none
        if isCalled || (isLineEmpty && left >= .zero) { return true }
        link.handshakeTurn = .waiting
        line.append(connection)
        return false
    }

    /// A handshake took `time`.
    mutating func spend(_ time: Duration) {
        // At least one a turn: time that is spent exactly is spent.
        left -= max(time, .nanoseconds(1))
    }

    /// The first in line, if there is time for it in the turn that began at `turn`.
    mutating func next(in turn: MonotonicTime) -> Connection? {
        begin(turn)
        guard left >= .zero, served < line.count else { return nil }
        let connection = line[served]
        served += 1
        if served == line.count {
            line.removeAll(keepingCapacity: line.count <= 1_024)
            served = 0
        } else if served > 64, served * 2 > line.count {
            line.removeFirst(served)
            served = 0
        }
        return connection
    }

    private mutating func begin(_ turn: MonotonicTime) {
        guard turn != self.turn else { return }
        self.turn = turn
        left = timeATurn
    }
}
