import Glibc
import Platform
import Testing
import Transport
import Wire

/// How one frame goes to many connections.
enum SendWay: CaseIterable, CustomTestStringConvertible, Sendable {
    case oneByOne
    /// By io_uring.
    case together

    /// Those that this machine has.
    static let available: [SendWay] = {
        let ring: SendRing? = SendRing()
        return ring == nil ? [.oneByOne] : allCases
    }()

    var testDescription: String { self == .oneByOne ? "one by one" : "together" }

    /// Sends the frame to all connections of the server, on its loop; what the sends came to that took less than all.
    @discardableResult
    func send(_ frame: OutboundFrame, in state: LoopbackServer.State) -> [Int32] {
        let connections = state.handler.sessions.compactMap(\.connection)
        guard self == .together, state.server.reactor.useSendRing(), let ring = state.server.reactor.sendRing else {
            for connection in connections { connection.deliver(frame) }
            return []
        }
        ring.leastSends = 1
        var others: [Int32] = []
        frame.bytes.withUnsafeBytes { bytes in
            for (index, connection) in connections.enumerated() {
                let number = connection.offer(frame)
                if number >= 0 { ring.add(number, bytes, mark: index) }
            }
            ring.submit { index, result in
                guard Int(result) != bytes.count else { return }
                others.append(result)
                connections[index].settle(frame, result)
            }
        }
        return others
    }
}
