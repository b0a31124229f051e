import Clinic
import Escalation

/// `Dispatcher` over `MessageStore`: claims with the attempt committed before the call, submits, records, tries again.
final class SimulatedDispatcher {
    unowned let hub: SimulatedHub
    private var board: GatewayBoard
    private let retries: RetryPolicy
    private var calls = 0
    private var isLooking = false
    private var mustLookAgain = false
    private var sweptAt: Timestamp?
    private lazy var alarm = Alarm(
        hub, poll: Self.poll,
        workAt: { [unowned hub] in hub.tables.messageWorkAt { hub.world.isDead($0) } },
        ring: { [unowned self] in look() })

    // The defaults of Config/hub.json5.
    static let poll = Duration.seconds(1)
    static let lease = Duration.seconds(30)
    static let callDeadline = Duration.seconds(10)
    private static let concurrentCalls = 64

    init(_ hub: SimulatedHub) {
        self.hub = hub
        board = GatewayBoard(
            hub.world.gateways.map { GatewayBoard.Member(name: $0.name, kind: $0.kind, weight: $0.weight) })
        retries = RetryPolicy()
    }

    // The hub's timers and the board go by a clock that does not jump: the world's.
    private var world: World { hub.world }
    private var tables: SimulatedDatabase { hub.tables }

    // MARK: Looking

    func look() {
        guard !isLooking else {
            mustLookAgain = true
            return
        }
        isLooking = true
        claim(next: Self.poll)
    }

    func databaseChanged() { alarm.arrange() }

    func take(_ report: DeliveryState, after: Duration, of gateway: String) {
        board.note(report, after: after, error: nil, of: gateway, at: world.now)
    }

    private struct Found {
        let waiting: [WaitingRow]
        var counts: NumberCounts<ContactID>
        let nextIn: Duration?
    }

    private func claim(next: Duration) {
        mustLookAgain = false
        let room = Self.concurrentCalls - calls
        guard room > 0 else { return end(lookingAfter: next) }
        var nextIn: Duration?
        hub.sessions.transact(
            by: hub,
            read: { [self] session in find(room, session) },
            decide: { [self] found -> Write<[ClaimedRow]>? in
                nextIn = found.nextIn
                guard !found.waiting.isEmpty else { return nil }
                let choices = choose(found)
                let holder = hub.isHolding ? hub.holder : nil
                return Write { [tables] in
                    let claimed = tables.take(choices, lease: Self.lease, holder: holder)
                    nextIn = tables.nextMessageIn()
                    return claimed
                }
            },
            done: { [weak self] result in
                guard let self else { return }
                switch result {
                case .success(let claimed):
                    for message in claimed ?? [] { submit(message) }
                    if claimed?.count == room { mustLookAgain = true }
                    sweep(next: min(Self.poll, max(nextIn ?? Self.poll, .milliseconds(5))))
                case .failure: end(lookingAfter: next)
                }
            })
    }

    /// `look_at_messages` with its locks, and `count_by_address` with its own.
    private func find(_ room: Int, _ session: Sessions.Session) -> Found {
        let sessions = hub.sessions
        let waiting = tables.ready(limit: room) { row in
            // A message whose alert is locked stays locked itself, as PostgreSQL leaves it.
            sessions.tryLock(.message(row.id), session)
                && (world.plant == .skipFence || sessions.tryLock(.escalation(row.alert), session, isShared: true))
        }
        var counts = NumberCounts<ContactID>()
        var seen: Set<ContactID> = []
        let limits = waiting.reduce(world.scenario.numberLimits) { $0.and($1.rules.limits) }
        for row in waiting {
            let own = world.scenario.numberLimits.and(row.rules.limits)
            guard
                NumberCounts<ContactID>.binds(row.message.urgency, by: own, isFirstTry: row.tried.isEmpty),
                let address = row.address, seen.insert(address).inserted
            else { continue }
            guard sessions.tryLock(.number(address), session) else {
                counts.noteForeign(address)
                continue
            }
            for age in tables.ages(of: address, within: limits.longestWindow, count: limits.longestCount) {
                counts.note(age, of: address)
            }
        }
        return Found(waiting: waiting, counts: counts, nextIn: tables.nextMessageIn())
    }

    /// What `MessageStore.claim` makes of each: held back by its number, waiting for a gateway, or taken.
    private func choose(_ found: Found) -> [(row: WaitingRow, choice: ClaimChoice)] {
        var counts = found.counts
        var choices: [(row: WaitingRow, choice: ClaimChoice)] = []
        for row in found.waiting {
            let isFirstTry = row.tried.isEmpty
            let hold =
                row.address.map {
                    counts.wait(
                        for: row.message.urgency, by: world.scenario.numberLimits.and(row.rules.limits),
                        isFirstTry: isFirstTry, to: $0)
                } ?? .zero
            if hold > .zero {
                choices.append((row, .postpone(hold)))
                continue
            }
            switch row.isContactGone ? GatewayBoard.Choice.none : chooseGateway(row) {
            case .wait(let delay): choices.append((row, .postpone(delay)))
            case .use(let name): choices.append((row, .take(name)))
            case .none: choices.append((row, .take(ClaimedRow.noGateway)))
            }
            if case .take = choices[choices.count - 1].choice, let address = row.address {
                counts.count(address, isFirstTry: isFirstTry)
            }
        }
        return choices
    }

    /// `GatewayLedger.choose`.
    private func chooseGateway(_ row: WaitingRow) -> GatewayBoard.Choice {
        let choice = board.choose(
            for: row.message.kind, urgency: row.message.urgency, tried: row.tried, preferred: row.rules.preferred,
            at: world.now, chance: world.draw.share())
        if case .use(let name) = choice { board.began(name, at: world.now) }
        return choice
    }

    /// Once a poll: attempts whose hub died, messages that are too old, callbacks that came too early.
    private func sweep(next: Duration) {
        let now = world.now
        if let sweptAt, now.duration(since: sweptAt) < Self.poll { return goOn(next: next) }
        sweptAt = now
        let workAt = tables.messageWorkAt { world.isDead($0) }
        guard workAt.map({ $0 <= tables.now }) ?? false || !hub.sessions.isWell else {
            return goOn(next: next)  // it would find nothing
        }
        hub.sessions.transact(
            by: hub, read: { [tables] _ in tables.matched() },
            decide: { [tables, world, holder = hub.holder] matched -> Write<(Int, [GatewayWord])>? in
                Write {
                    let ready = tables.takeOver(as: holder, isDead: { world.isDead($0) })
                    tables.expireMessages()
                    tables.forgetOldCallbacks()
                    return (ready, matched)
                }
            },
            done: { [weak self] result in
                guard let self else { return }
                switch result {
                case .success(let swept):
                    if let swept, swept.0 > 0 { mustLookAgain = true }
                    applyKept(swept?.1[...] ?? []) { [weak self] in self?.goOn(next: next) }
                case .failure: end(lookingAfter: next)
                }
            })
    }

    private func applyKept(_ words: ArraySlice<GatewayWord>, done: @escaping () -> Void) {
        guard let word = words.first else { return done() }
        hub.apply(word) { [weak self, hub] result in
            guard let self, case .success = result else { return done() }
            hub.sessions.once(by: hub) { [tables = hub.tables] in
                tables.release(word)
            } done: { [weak self] _ in
                self?.applyKept(words.dropFirst(), done: done)
            }
        }
    }

    private func goOn(next: Duration) {
        if mustLookAgain { claim(next: next) } else { end(lookingAfter: next) }
    }

    private func end(lookingAfter next: Duration) {
        isLooking = false
        alarm.set(after: next)
    }

    // MARK: Submitting

    private func submit(_ message: ClaimedRow) {
        calls += 1
        guard let gateway = world.gateways.first(where: { $0.name == message.gateway }) else {
            return record(.rejected(code: "noGateway", retryAfter: nil), of: message)
        }
        askFirst(message) { [weak self] in
            guard let self else { return }
            world.note(.callBegan(message.attempt, hub: hub.number))
            var isAnswered = false
            hub.after(Self.callDeadline) { [weak self] in
                guard let self, !isAnswered else { return }
                isAnswered = true
                came(.unknown(code: "deadline"), message)
            }
            let life = hub.life
            gateway.submit(message.attempt, of: tables[message.message]) { [weak self, hub] outcome in
                hub.perform(life) {
                    guard let self, !isAnswered else { return }
                    isAnswered = true
                    self.came(outcome, message)
                }
            }
        }
    }

    /// `Dispatcher.isFound`: a gateway whose answer was lost is asked before another one gets the message too.
    private func askFirst(_ message: ClaimedRow, send: @escaping () -> Void) {
        guard message.waiting.rules.asksFirst, let doubtful = message.waiting.doubtful,
            let before = world.gateways.first(where: { $0.name == message.waiting.tried.last }), before.canBeAsked
        else { return send() }
        let life = hub.life
        before.ask(doubtful) { [weak self, hub] answer in
            hub.perform(life) {
                guard let self, let (providerID, state) = answer, !state.isFailure else { return send() }
                hub.sessions.once(by: hub) { [tables = hub.tables] in
                    tables.recordFound(message, state, providerID: providerID)
                } done: { [weak self] _ in
                    self?.callEnded()
                }
                _ = self
            }
        }
    }

    private func came(_ outcome: SubmitOutcome, _ message: ClaimedRow) {
        let now = world.now
        board.note(outcome, of: message.gateway, at: now)
        let kind = message.waiting.message.kind
        let rules = message.waiting.rules
        let retries = retries.following(rules)
        let next = retries.submission(
            outcome, number: message.round, urgency: message.urgency, doubt: rules.doubt,
            hasOther: board.hasOther(than: message.gateway, for: kind, at: now),
            hasUntried: board.hasUntried(besides: message.triedGateways, for: kind, at: now),
            factor: retries.factor(chance: world.draw.share()))
        record(next, of: message)
    }

    /// Records the outcome; while the database is away it is tried again until the lease makes it unknown.
    private func record(_ outcome: SubmissionOutcome, of message: ClaimedRow, since: Timestamp? = nil) {
        let since = since ?? world.now
        hub.record(outcome, of: message) { [weak self] result in
            guard let self else { return }
            switch result {
            case .success:
                switch outcome {
                case .rejected(_, .some(let delay)), .unknown(_, .some(let delay)):
                    if delay < Self.poll { hub.after(delay) { [weak self] in self?.look() } }
                case .accepted, .rejected(_, nil), .unknown(_, nil): break
                }
                callEnded()
            case .failure:
                guard world.now.duration(since: since) < Self.lease else { return callEnded() }
                hub.after(.milliseconds(500)) { [weak self] in self?.record(outcome, of: message, since: since) }
            }
        }
    }

    private func callEnded() {
        calls -= 1
        if mustLookAgain || calls == Self.concurrentCalls - 1 { look() }
    }
}
