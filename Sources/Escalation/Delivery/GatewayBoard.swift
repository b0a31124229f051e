package import Clinic

/// The gateways of a hub with what is known of each, and the choice among them. Pure: time and chance come in.
///
/// Healthy gateways of a kind share its messages by weight. One that fails gets less, and more again as its failures
/// fade; one that is broken or asked for patience gets none while another works.
package struct GatewayBoard: Equatable, Sendable {
    /// One gateway.
    package struct Member: Equatable, Sendable {
        package let name: String
        package let kind: ContactKind
        /// 1 to 100.
        package let weight: Int
        /// Whether a failure says something about the gateway: not where each address is a peer of its own.
        package let isOnePeer: Bool
        package internal(set) var health = GatewayHealth()

        package init(name: String, kind: ContactKind, weight: Int, isOnePeer: Bool = true) {
            self.name = name
            self.kind = kind
            self.weight = weight
            self.isOnePeer = isOnePeer
        }
    }

    /// What to do with a message now.
    package enum Choice: Hashable, Sendable {
        case use(String)
        /// All gateways of its kind are down; look again then.
        case wait(Duration)
        /// No gateway reaches such contacts.
        case none
    }

    package private(set) var members: [Member]

    package init(_ members: [Member]) { self.members = members }

    /// The gateway for a message's next attempt.
    ///
    /// - Parameters:
    ///   - tried: the gateways of its attempts so far, in order. None is used twice in a row while another works: for
    ///     CRITICAL always, for the rest after the last one failed, which is why there is a next attempt.
    ///   - preferred: names in order: the first that could be chosen is. Names that are not there are passed over.
    ///   - chance: 0 up to 1, drawn by the caller.
    package func choose(
        for kind: ContactKind, urgency: UrgencyLevel, tried: [String], preferred: [String] = [], at now: Timestamp,
        chance: Double
    ) -> Choice {
        let able = members.filter { $0.kind == kind }
        guard !able.isEmpty else { return .none }
        let usable = able.filter { $0.health.isUsable(at: now) }
        let fresh = usable.filter { $0.name != tried.last }
        let candidates = fresh.isEmpty ? usable : fresh
        if let named = preferred.first(where: { name in candidates.contains { $0.name == name } }) {
            return .use(named)
        }
        if let chosen = draw(among: candidates, at: now, chance: chance) { return .use(chosen) }
        let waits = able.map { ($0.name, $0.health.wait(at: now)) }
        guard let soonest = waits.min(by: { $0.1 < $1.1 }) else { return .none }
        // Silence is worse than a call in vain; but where there is a choice, not the same call again.
        guard urgency < .urgent else { return .use(waits.first { $0.0 != tried.last }?.0 ?? soonest.0) }
        return .wait(max(soonest.1, .milliseconds(100)))
    }

    private func draw(among candidates: [Member], at now: Timestamp, chance: Double) -> String? {
        let shares = candidates.map { Double($0.weight) * $0.health.share(at: now) }
        var rest = min(max(chance, 0), 1) * shares.reduce(0, +)
        for (candidate, share) in zip(candidates, shares) {
            rest -= share
            if rest < 0 { return candidate.name }
        }
        return candidates.last?.name
    }

    /// Whether a gateway other than `name` works and could take a message of this kind.
    package func hasOther(than name: String, for kind: ContactKind, at now: Timestamp) -> Bool {
        members.contains { $0.kind == kind && $0.name != name && $0.health.isUsable(at: now) }
    }

    /// Whether one of those was not tried yet.
    package func hasUntried(besides tried: Set<String>, for kind: ContactKind, at now: Timestamp) -> Bool {
        members.contains { $0.kind == kind && !tried.contains($0.name) && $0.health.isUsable(at: now) }
    }

    // MARK: News

    /// A call to this gateway begins.
    package mutating func began(_ name: String, at now: Timestamp) { change(name) { $0.began(at: now) } }

    /// A call came to this.
    package mutating func note(_ outcome: SubmitOutcome, of name: String, at now: Timestamp) {
        change(name) { $0.note(outcome, at: now) }
    }

    /// A message that it took came to this, so long after it took it.
    package mutating func note(
        _ report: DeliveryState, after: Duration, error: DeliveryError.Class?, of name: String, at now: Timestamp
    ) {
        change(name) { $0.note(report, after: after, error: error, at: now) }
    }

    /// A name that is not there, of a gateway that was removed since, changes nothing.
    private mutating func change(_ name: String, _ body: (inout GatewayHealth) -> Void) {
        guard let index = members.firstIndex(where: { $0.name == name }), members[index].isOnePeer else { return }
        body(&members[index].health)
    }
}
