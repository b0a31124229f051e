import Clinic
import Escalation
import SimulatedWorld

/// The operations on the model.
struct ModelStore {
    private let tables: SimulatedDatabase
    private let policy: EscalationPolicy
    private var claims: [ClaimedRow] = []
    /// A number that nobody holds the lock of.
    private static let deadHolder = 7
    private static let looker = 8

    init(people: [PersonRow], policy: EscalationPolicy) {
        tables = SimulatedDatabase(now: Timestamp(microseconds: 1_795_204_800_000_000))
        tables.people = people
        self.policy = policy
    }

    var alertCount: Int { tables.alerts.count }
    var claimCount: Int { claims.count }

    mutating func perform(_ operation: Operation) -> String {
        switch operation {
        case .raise(let urgency, let doctor):
            let raised = tables.raise(urgency: urgency, assignedTo: doctor, policy: policy)
            return "raised \(raised.hasMessage) due \(StoredTime.text(raised.dueAt, from: tables.now))"
        case .advance(let alert, let input):
            return tables.advance(AlertID(high: 0, low: UInt64(alert)), input)
        case .seen(let alert):
            tables.noteSeen(AlertID(high: 0, low: UInt64(alert)))
            return "seen"
        case .runTimers:
            let fired = tables.dueTimers(limit: 100) { _ in true }.map { timer in
                let plan = tables.snapshot(timer.alert).plan(timer.input)
                if plan.outcome == .applied {
                    tables.commit(plan, of: timer.alert, timer.input)
                } else {
                    tables.putAside(timer.alert, for: .seconds(5))
                }
                return "\(timer.alert.low) \(SimulatedDatabase.text(plan.outcome))"
            }
            return "fired \(fired.sorted())"
        case .claim(let limit, let choice, let isHubDead, let limits):
            return claim(limit, choice, isHubDead ? Self.deadHolder : nil, limits)
        case .record(let claim, let outcome): return tables.record(outcome, of: claims[claim])
        case .found(let claim, let state):
            guard claims[claim].waiting.doubtful != nil else { return "no doubt" }
            tables.recordFound(claims[claim], state, providerID: "F\(claim)")
            return "found"
        case .callback(let claim, let report, let byProviderID):
            let row = tables[claims[claim].attempt]
            let word = GatewayWord(
                gateway: row.gateway, attempt: byProviderID ? nil : row.id, providerID: "P\(claim)", report: report)
            return tables.receive(word)
        case .foreignCallback(let claim):
            let attempt = claims[claim].attempt
            return tables.receive(
                GatewayWord(gateway: "foreign", attempt: attempt, providerID: nil, report: .delivered))
        case .applyKept:
            let applied = tables.matched().map { word in
                defer { tables.release(word) }
                return tables.receive(word)
            }
            tables.forgetOldCallbacks()
            return "applied \(applied.sorted())"
        case .sweep:
            let count = tables.takeOver(as: Self.looker, isDead: { $0 == Self.deadHolder })
            tables.expireMessages()
            return "taken over \(count)"
        case .replay(let claim):
            do throws(SimulatedDatabase.ReplayRefusal) {
                try tables.replay(claims[claim].message)
                return "replayed"
            } catch {
                return "\(error)"
            }
        case .optOut(let user, let isOut):
            change(user) { person in
                person.profile.contacts = person.profile.contacts.map {
                    ReachContact(id: $0.id, kind: $0.kind, isVerified: $0.isVerified, isOptedOut: isOut)
                }
            }
            return "done"
        case .setActive(let user, let isActive):
            change(user) { $0.isActive = isActive }
            return "done"
        case .pass(let seconds):
            tables.now = tables.now.advanced(by: .seconds(seconds))
            return "passed"
        }
    }

    private func change(_ user: UserID, _ body: (inout PersonRow) -> Void) {
        for index in tables.people.indices where tables.people[index].user == user { body(&tables.people[index]) }
    }

    private mutating func claim(
        _ limit: Int, _ choice: GatewayBoard.Choice, _ holder: Int?, _ limits: NumberLimits
    ) -> String {
        var counts = NumberCounts<ContactID>()
        let waiting = tables.ready(limit: limit) { _ in true }
        let all = waiting.reduce(limits) { $0.and($1.rules.limits) }
        var seen: Set<ContactID> = []
        for row in waiting {
            guard let address = row.address, seen.insert(address).inserted else { continue }
            for age in tables.ages(of: address, within: all.longestWindow, count: all.longestCount) {
                counts.note(age, of: address)
            }
        }
        var choices: [(row: WaitingRow, choice: ClaimChoice)] = []
        for row in waiting {
            guard let address = row.address else { continue }
            let hold = counts.wait(
                for: row.message.urgency, by: limits.and(row.rules.limits), isFirstTry: row.tried.isEmpty, to: address)
            switch row.isContactGone ? GatewayBoard.Choice.none : choice {
            case _ where hold > .zero: choices.append((row, .postpone(hold)))
            case .wait(let delay): choices.append((row, .postpone(delay)))
            case .use(let name): choices.append((row, .take(name)))
            case .none: choices.append((row, .take(ClaimedRow.noGateway)))
            }
            if case .take = choices[choices.count - 1].choice { counts.count(address, isFirstTry: row.tried.isEmpty) }
        }
        let taken = tables.take(choices, lease: .seconds(30), holder: holder).sorted { $0.order < $1.order }
        claims += taken
        let texts = taken.map { "\($0.order) by \($0.gateway) number \($0.number) round \($0.round)" }
        return "claimed \(texts) next \(StoredTime.text(tables.nextMessageIn()))"
    }

    /// All that is stored.
    func dump() -> [String] {
        let now = tables.now
        var lines = tables.alerts.map { row in
            let state = row.state
            var dueAt = state.phase.dueAt
            if case .new = state.phase { dueAt = row.raisedAt }
            return StoredText.alert(
                Int(row.id.low), status: state.status.rawValue, phase: state.phase.name, step: state.step,
                loop: state.loop, generation: state.generation, dueAt: StoredTime.text(dueAt, from: now),
                people: state.people.map { "\($0.user) \($0.standing.rawValue)" }, acceptedBy: state.acceptedBy,
                snoozed: state.snoozed.components.seconds, urgency: state.urgency.rank)
        }
        lines += tables.messages.map { row in
            StoredText.message(
                alert: Int(row.alert.low), user: row.user, contact: row.contact, kind: row.kind.rawValue,
                step: row.step,
                generation: row.generation, state: row.state.rawValue, attempts: row.attempts.count,
                notBefore: StoredTime.text(row.notBefore, from: now),
                expiresAt: StoredTime.text(row.expiresAt, from: now), isDead: row.deadAt != nil, replays: row.replays)
        }
        lines += claims.enumerated().map { index, claim in
            let row = tables[claim.attempt]
            return StoredText.attempt(
                row.number, claim: index, gateway: row.gateway, state: row.state.rawValue,
                outcome: row.outcome?.rawValue, hasLease: row.leaseUntil != nil, providerID: row.providerID)
        }
        lines.append("kept \(tables.kept.count)")
        return lines.sorted()
    }
}

extension ClaimedRow {
    /// By what claims of one moment are told apart, on both sides.
    fileprivate var order: String {
        let row = waiting.message
        return "\(row.alert.low) \(row.user) \(row.contact.map(\.description) ?? "none") \(row.step)"
    }
}
