import Clinic
import Platform
import TestSupport
import Testing
import Wire

/// An event that is not the next one: one was lost, or one came twice.
struct OutOfOrder: Error, Equatable {
    let event: Int64
    let after: Int64
}

/// A dashboard that loses its connection now and then: it comes back with its position, and keeps what it was sent.
final class Screen {
    private let hub: HubProcess
    private let role: Role
    let clinic: String
    private(set) var epoch: String?
    /// The newest event it has.
    private(set) var seq: Int64 = 0
    /// The first event that it could have, from which on it must have every one.
    private(set) var beganAfter: Int64 = 0
    private(set) var events: [JSONValue] = []
    private(set) var snapshots = 0
    private var socket: WebSocketClient?

    init(_ hub: HubProcess, _ role: Role = .admin, clinic: String = DemoIDs.clinic) {
        self.hub = hub
        self.role = role
        self.clinic = clinic
    }

    /// Connects and subscribes from its position; the hub's answer.
    @discardableResult
    func connect() throws -> JSONValue {
        let socket = try hub.socket(role, clinic: clinic)
        self.socket = socket
        try socket.send(subscribe(clinic, epoch: epoch, seq: seq))
        let answer = try socket.message { ["subscribed", "error"].contains($0["type"]?.stringValue) }
        try #require(answer["type"] == "subscribed", "\(answer)")
        if answer["recovered"] == false {
            epoch = answer["epoch"]?.stringValue
            seq = try #require(answer["seq"]?.integerValue)
            beganAfter = seq
            events.removeAll()
            snapshots += 1
        }
        return answer
    }

    func disconnect() { socket = nil }

    /// Reads until an event for which `isWanted` holds has come; that event. Each event must follow the one before.
    @discardableResult
    func read(within limit: Duration = .seconds(15), until isWanted: (JSONValue) -> Bool) throws -> JSONValue {
        let deadline = MonotonicTime.now().advanced(by: limit)
        let socket = try #require(socket)
        while true {
            guard case .message(let message) = try socket.next(until: deadline) else { throw ClientFailure.closed }
            guard message["type"] == "event" else { continue }
            let number = try #require(message["seq"]?.integerValue)
            guard number == seq + 1 else { throw OutOfOrder(event: number, after: seq) }
            seq = number
            events.append(message)
            if isWanted(message) { return message }
        }
    }

    /// Reads up to and with an event.
    func read(through last: Int64, within limit: Duration = .seconds(15)) throws {
        if seq < last { try read(within: limit) { $0["seq"]?.integerValue ?? 0 >= last } }
    }

    /// The events that it has about an alert, by kind.
    func kinds(about alert: String) -> [String] {
        events.filter { $0["data"]?["alertId"]?.stringValue == alert }.compactMap { $0["event"]?.stringValue }
    }
}

/// The message that subscribes to a clinic's channel; without an epoch from now on.
func subscribe(_ clinic: String, epoch: String? = nil, seq: Int64 = 0) -> JSONValue {
    guard let epoch else { return ["type": "subscribe", "id": 1, "channel": .string("clinic:\(clinic)")] }
    return [
        "type": "subscribe", "id": 1, "channel": .string("clinic:\(clinic)"),
        "since": ["epoch": .string(epoch), "seq": .integer(seq)],
    ]
}
