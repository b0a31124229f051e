package import Clinic
package import HubProtocol

/// The newest event of a clinic's channel, as it is told from node to node.
package struct EventHead: Hashable, Sendable {
    package let clinic: ClinicID
    package let position: Position

    package init(clinic: ClinicID, position: Position) {
        self.clinic = clinic
        self.position = position
    }
}

extension EventHead {
    /// A payload has at most 8,000 bytes; one head has at most 93 and its separator.
    private static let headsAPayload = 64

    /// The payloads that tell of all these heads.
    static func payloads(_ heads: [EventHead]) -> [String] {
        stride(from: 0, to: heads.count, by: headsAPayload).map { start in
            heads[start..<min(start + headsAPayload, heads.count)].map(\.text).joined(separator: ";")
        }
    }

    /// The heads of a payload; whatever is none is left out, because the slow poll finds what is not told.
    static func heads(_ payload: some StringProtocol) -> [EventHead] {
        payload.split(separator: ";").compactMap { EventHead($0) }
    }

    private var text: String { "\(clinic),\(position.epoch),\(position.seq)" }

    private init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 3, let clinic = ClinicID(parts[0]), let epoch = EpochID(parts[1]),
            let seq = Int64(parts[2]), seq >= 0
        else { return nil }
        self.init(clinic: clinic, position: Position(epoch: epoch, seq: seq))
    }
}

/// The heads that wait to be told, one a clinic: the newest.
struct HeadsToTell {
    private var positions: [ClinicID: Position] = [:]

    var isEmpty: Bool { positions.isEmpty }

    /// Takes a head; one that is older than what waits, in the same epoch, says nothing new.
    mutating func add(_ head: EventHead) {
        if let waiting = positions[head.clinic], waiting.epoch == head.position.epoch, waiting.seq >= head.position.seq
        {
            return
        }
        positions[head.clinic] = head.position
    }

    mutating func takeAll() -> [EventHead] {
        defer { positions.removeAll() }
        return positions.map { EventHead(clinic: $0.key, position: $0.value) }
    }
}
