import Clinic
import Escalation
import Gateways
import Platform

/// The dispatcher's knowledge of its gateways: the board that chooses among them, and the counts that operators see.
/// Loop-confined.
///
/// The board's clock is the monotonic one: a jump of the wall clock must not open or close a breaker.
struct GatewayLedger {
    private var board: GatewayBoard
    private var statuses: [GatewayStatus]
    private let published: GatewayStatuses
    private static let weightOfLastCall = 0.1

    init(_ gateways: GatewayTable, published: GatewayStatuses) {
        board = GatewayBoard(
            gateways.entries.map { entry in
                GatewayBoard.Member(
                    name: entry.gateway.name, kind: entry.gateway.kind, weight: entry.weight,
                    isOnePeer: !entry.gateway.capabilities.contains(.manyPeers))
            })
        statuses = gateways.entries.map { entry in
            GatewayStatus(
                name: entry.gateway.name, kind: entry.gateway.kind, capabilities: entry.gateway.capabilities.names,
                state: .working, weight: entry.weight, share: 1)
        }
        self.published = published
        publish()
    }

    private static var now: Timestamp { Timestamp(microseconds: Int64(MonotonicTime.now().nanoseconds / 1_000)) }

    /// The gateway for a message's next attempt; it counts as begun.
    mutating func choose(
        for kind: ContactKind, urgency: UrgencyLevel, tried: [String], preferred: [String]
    ) -> GatewayBoard.Choice {
        let now = Self.now
        let choice = board.choose(
            for: kind, urgency: urgency, tried: tried, preferred: preferred, at: now, chance: Double.random(in: 0..<1))
        if case .use(let name) = choice { board.began(name, at: now) }
        return choice
    }

    func hasOther(than name: String, for kind: ContactKind) -> Bool {
        board.hasOther(than: name, for: kind, at: Self.now)
    }

    func hasUntried(besides tried: Set<String>, for kind: ContactKind) -> Bool {
        board.hasUntried(besides: tried, for: kind, at: Self.now)
    }

    mutating func note(_ outcome: SubmitOutcome, of name: String, took: Duration) {
        board.note(outcome, of: name, at: Self.now)
        change(name) { status in
            let seconds = took / .seconds(1)
            status.callSeconds = status.callSeconds.map { $0 + (seconds - $0) * Self.weightOfLastCall } ?? seconds
            switch outcome {
            case .accepted: status.accepted &+= 1
            case .rejected(let error):
                status.rejected &+= 1
                status.lastFault = GatewayStatus.Fault(code: error.code, at: .now())
            case .unknown(let code):
                status.unknown &+= 1
                status.lastFault = GatewayStatus.Fault(code: code, at: .now())
            }
        }
    }

    mutating func note(_ report: GatewayReport) {
        board.note(report.state, after: report.after, error: report.error, of: report.gateway, at: Self.now)
        change(report.gateway) { status in
            if report.state.isReceipt { status.delivered &+= 1 }
            if report.state.isFailure { status.failed &+= 1 }
        }
    }

    private mutating func change(_ name: String, _ body: (inout GatewayStatus) -> Void) {
        guard let index = statuses.firstIndex(where: { $0.name == name }) else { return }
        body(&statuses[index])
        publish()
    }

    /// Shows the others how the gateways are; also from time to time, since shares drift by themselves.
    mutating func publish() {
        let now = Self.now
        for (index, member) in board.members.enumerated() where statuses.indices.contains(index) {
            statuses[index].state = member.health.state(at: now)
            statuses[index].share = member.health.share(at: now)
        }
        published.publish(statuses)
    }
}

extension GatewayHealth {
    fileprivate func state(at now: Timestamp) -> GatewayStatus.State {
        switch breaker.state {
        case .open: .broken
        case .probing: .probing
        case .closed: isResting(at: now) ? .resting : .working
        }
    }
}
