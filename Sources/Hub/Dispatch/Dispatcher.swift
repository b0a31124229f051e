package import Clinic
package import Escalation
package import Gateways
package import Outbound
package import Platform
package import Store

/// Hands waiting messages to the gateways: claims, submits, records, and tries again. Loop-confined; one a process.
///
/// An attempt is committed before its call, and no transaction is open during it. Looks when it is told of a message, when
/// a retry is due, and once a `poll` in any case.
package final class Dispatcher {
    /// Limits and waits of the dispatcher.
    package struct Limits: Sendable {
        package var concurrentCalls = 64
        /// After this long without a recorded outcome an attempt counts as unknown, whether its hub lives or not.
        package var lease = Duration.seconds(30)
        package var callDeadline = Duration.seconds(10)
        /// Attempts before a message is given up, and the person counts as not reached.
        package var attempts = 5
        /// The wait after each attempt; the last one repeats.
        package var backoff: [Duration] = [.seconds(1), .seconds(5), .seconds(15), .seconds(60)]
        package var poll = Duration.seconds(1)
        /// How many messages a number gets in a time, CRITICAL ones apart.
        package var numbers = NumberLimits([])

        package init() {}
    }

    private let reactor: Reactor
    private let hub: ClinicHub
    private let gateways: GatewayTable
    private let client: OutboundClient
    private let brand: Brand
    private let limits: Limits
    private let retries: RetryPolicy
    private var ledger: GatewayLedger
    private let holder: AttemptHolder
    private let isHolding: () -> Bool
    private var sweptAt: MonotonicTime?
    private var calls = 0
    private var isLooking = false
    private var mustLookAgain = false
    private var isStopped = false
    private var alarm: TimerToken?
    private var whenIdle: [CheckedContinuation<Void, Never>] = []

    /// - Parameters:
    ///   - holder: whose attempts they are.
    ///   - isHolding: whether a session with the database holds its lock now.
    package init(
        reactor: Reactor, hub: ClinicHub, gateways: GatewayTable, client: OutboundClient, brand: Brand,
        limits: Limits, statuses: GatewayStatuses, holder: AttemptHolder, isHolding: @escaping () -> Bool
    ) {
        self.holder = holder
        self.isHolding = isHolding
        self.reactor = reactor
        self.hub = hub
        self.gateways = gateways
        self.client = client
        self.brand = brand
        self.limits = limits
        retries = RetryPolicy(attempts: limits.attempts, backoff: limits.backoff)
        ledger = GatewayLedger(gateways, published: statuses)
    }

    /// Begins to look; also the way to look now.
    package func look() {
        guard !isStopped, !gateways.isEmpty else { return }
        guard !isLooking else {
            mustLookAgain = true
            return
        }
        isLooking = true
        reactor.spawn { await self.lookUntilNothingWaits() }
    }

    /// Claims nothing more, and returns when the calls under way are recorded; each is bounded by its deadline.
    package func stop() async {
        isStopped = true
        if let alarm { reactor.cancel(alarm) }
        if calls > 0 || isLooking { await withCheckedContinuation { whenIdle.append($0) } }
    }

    /// Judges a gateway by what became of a message that it took.
    package func take(_ report: GatewayReport) { ledger.note(report) }

    private func lookUntilNothingWaits() async {
        var next = limits.poll
        repeat {
            mustLookAgain = false
            let room = limits.concurrentCalls - calls
            guard room > 0 else { break }
            do {
                let claim = try await hub.store.messages.claim(
                    limit: room, lease: limits.lease, holder: isHolding() ? holder : nil, limits: limits.numbers
                ) { message in
                    ledger.choose(
                        for: message.kind, urgency: message.urgency, tried: message.tried,
                        preferred: message.rules.preferred)
                }
                for message in claim.messages { start(message) }
                for clinic in claim.storms {
                    Log.warning("texts are bundled", ["clinic": clinic.description])
                    reactor.spawn { [hub] in await hub.checkReach(of: clinic) }
                }
                if claim.messages.count == room { mustLookAgain = true }
                next = min(limits.poll, max(claim.nextIn ?? limits.poll, .milliseconds(5)))
                try await sweep()
            } catch {
                Log.warning("messages not readable", ["error": error.logName])
                break
            }
        } while mustLookAgain && !isStopped
        isLooking = false
        if let alarm { reactor.cancel(alarm) }
        if !isStopped { alarm = reactor.schedule(after: next) { [self] in look() } }
        resumeIfIdle()
    }

    /// Once a poll: attempts whose hub died, messages that are too old, callbacks that came too early, bundles that ended.
    private func sweep() async throws(StoreError) {
        let now = MonotonicTime.now()
        if let sweptAt, sweptAt.duration(to: now) < limits.poll { return }
        sweptAt = now
        if try await hub.store.messages.sweep(as: holder) > 0 { mustLookAgain = true }
        for applied in try await hub.store.callbacks.applyKept() {
            if applied.isNews { hub.counters.callbacksApplied &+= 1 }
            if let advance = applied.advance { hub.took(advance) }
        }
        for advance in try await hub.store.messages.settleBundles() { hub.took(advance) }
        ledger.publish()
    }

    private func start(_ message: ClaimedMessage) {
        calls += 1
        reactor.spawn { [self] in
            await submit(message)
            calls -= 1
            if mustLookAgain || calls == limits.concurrentCalls - 1 { look() }
            resumeIfIdle()
        }
    }

    private func submit(_ message: ClaimedMessage) async {
        guard let gateway = gateways[message.gateway] else {
            if !message.isContactGone { Log.error("no gateway for a message", ["kind": message.kind.rawValue]) }
            let code = message.isContactGone ? "contactGone" : "noGateway"
            return await record(.rejected(code: code, retryAfter: nil), of: message)
        }
        var values = TextValues(
            brand: brand, urgency: message.urgency, code: message.code ?? AlertCode(randomBits: 0),
            answerWithin: message.answerWithin, proof: message.proof)
        values.alertCount = message.alertCount
        values.link = await hub.link(for: message)
        values.takesReplies = message.kind == .sms && gateway.capabilities.contains(.inbound)
        let attempt = GatewayAttempt(
            id: message.attempt, message: message.message, to: message.address, text: message.template.text(values),
            code: message.code, urgency: message.urgency, at: Timestamp(microseconds: WallTime.now().microseconds),
            isSilent: message.template == .test, validity: message.rules.textValidity)
        if await isFound(attempt, of: message) { return }
        let began = MonotonicTime.now()
        let outcome = await gateway.submit(attempt, through: client, deadline: limits.callDeadline)
        ledger.note(outcome, of: gateway.name, took: began.duration(to: .now()))
        note(outcome, of: message)
        await record(submission(outcome, of: message), of: message)
        if case .rejected(let error) = outcome, error.errorClass == .optedOut, let contact = message.contact {
            await hub.noteOptedOut(contact, of: message.user, in: message.clinic)
        }
    }

    /// Asks the gateway whose answer was lost whether it has the message, before another one gets it too; true if it has.
    /// Where the policy resends at once it goes out instead: two texts are better than none. So does a text without a code,
    /// which the gateway could not tell from one of another day.
    private func isFound(_ attempt: GatewayAttempt, of message: ClaimedMessage) async -> Bool {
        guard message.rules.asksFirst, message.code != nil, let doubtful = message.doubtful,
            let before = gateways[doubtful.gateway],
            before.capabilities.contains(.query)
        else { return false }
        let answer = await before.reconcile(attempt, through: client, deadline: limits.callDeadline)
        guard case .found(let providerID, let state) = answer else { return false }
        do {
            try await hub.store.messages.recordFound(
                providerID: providerID, state: state, by: doubtful.attempt, of: message)
            return true
        } catch {
            // Not recorded, it is not settled: the lease ends and the question is asked again.
            Log.warning("attempt not recorded", ["attempt": message.attempt.description, "error": error.logName])
            return true
        }
    }

    /// What the store is to make of a gateway's answer.
    private func submission(_ outcome: SubmitOutcome, of message: ClaimedMessage) -> SubmissionOutcome {
        let retries = retries.following(message.rules)
        return retries.submission(
            outcome, number: message.round, urgency: message.urgency, doubt: message.rules.doubt,
            hasOther: ledger.hasOther(than: message.gateway, for: message.kind),
            hasUntried: ledger.hasUntried(besides: message.triedGateways, for: message.kind),
            factor: retries.factor(chance: Double.random(in: 0...1)))
    }

    /// Records the outcome; while the database is away it is tried again until the lease makes it unknown.
    private func record(_ outcome: SubmissionOutcome, of message: ClaimedMessage) async {
        let giveUpAt = MonotonicTime.now().advanced(by: limits.lease)
        while true {
            do {
                if let advance = try await hub.store.messages.record(outcome, of: message) { hub.took(advance) }
                return noteEnd(outcome, of: message)
            } catch {
                Log.warning(
                    "attempt not recorded", ["attempt": message.attempt.description, "error": error.logName])
                guard case .database = error, MonotonicTime.now() < giveUpAt else { return }
            }
            await reactor.sleep(for: .milliseconds(500))
        }
    }

    /// A retry that is due at once must not wait for the next poll; a dead letter is an alarm.
    private func noteEnd(_ outcome: SubmissionOutcome, of message: ClaimedMessage) {
        switch outcome {
        case .accepted: break
        case .rejected(_, .some(let delay)), .unknown(_, .some(let delay)):
            if delay < limits.poll { look(after: delay) }
        case .rejected(let code, nil), .unknown(let code, nil):
            hub.counters.deadLetters &+= 1
            Log.error(
                "dead letter",
                ["message": message.message.description, "gateway": message.gateway, "code": code ?? "none"])
        }
    }

    private func look(after delay: Duration) {
        _ = reactor.schedule(after: delay) { [self] in look() }
    }

    private func note(_ outcome: SubmitOutcome, of message: ClaimedMessage) {
        let attempt = message.attempt.description
        switch outcome {
        case .accepted:
            hub.counters.attemptsAccepted &+= 1
        case .rejected(let error):
            hub.counters.attemptsRejected &+= 1
            Log.warning(
                "message rejected",
                ["attempt": attempt, "gateway": message.gateway, "code": error.code, "class": error.errorClass.name])
        case .unknown(let code):
            hub.counters.attemptsUnknown &+= 1
            Log.warning(
                "message outcome unknown", ["attempt": attempt, "gateway": message.gateway, "code": code])
        }
    }

    private func resumeIfIdle() {
        guard isStopped, calls == 0, !isLooking else { return }
        let waiting = whenIdle
        whenIdle = []
        for continuation in waiting { continuation.resume() }
    }
}
