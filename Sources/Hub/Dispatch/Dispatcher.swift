package import Clinic
package import Gateways
package import Outbound
package import Platform
import Store

/// Hands waiting messages to the gateways: claims, submits, records, and tries again. Loop-confined; one a process.
///
/// An attempt is committed before its call, and no transaction is open during it. Looks when it is told of a message, when
/// a retry is due, and once a `poll` in any case.
package final class Dispatcher {
    /// Limits and waits of the dispatcher.
    package struct Limits: Sendable {
        package var concurrentCalls = 64
        /// After this long without a recorded outcome an attempt counts as unknown.
        package var lease = Duration.seconds(30)
        package var callDeadline = Duration.seconds(10)
        /// Attempts before a message is given up, and the person counts as not reached.
        package var attempts = 5
        /// The wait after each attempt; the last one repeats.
        package var backoff: [Duration] = [.seconds(1), .seconds(5), .seconds(15), .seconds(60)]
        package var poll = Duration.seconds(1)

        package init() {}
    }

    private let reactor: Reactor
    private let hub: ClinicHub
    private let gateways: GatewayTable
    private let client: OutboundClient
    private let brand: Brand
    private let limits: Limits
    private let retries: RetryPolicy
    private var calls = 0
    private var isLooking = false
    private var mustLookAgain = false
    private var isStopped = false
    private var alarm: TimerToken?
    private var whenIdle: [CheckedContinuation<Void, Never>] = []

    package init(
        reactor: Reactor, hub: ClinicHub, gateways: GatewayTable, client: OutboundClient, brand: Brand,
        limits: Limits
    ) {
        self.reactor = reactor
        self.hub = hub
        self.gateways = gateways
        self.client = client
        self.brand = brand
        self.limits = limits
        retries = RetryPolicy(attempts: limits.attempts, backoff: limits.backoff)
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

    private func lookUntilNothingWaits() async {
        var next = limits.poll
        repeat {
            mustLookAgain = false
            let room = limits.concurrentCalls - calls
            guard room > 0, let gateway = gateways.choose(after: nil) else { break }
            do {
                _ = try await hub.store.messages.sweep()
                let claim = try await hub.store.messages.claim(limit: room, gateway: gateway.name, lease: limits.lease)
                for message in claim.messages { start(message, through: gateway) }
                if claim.messages.count == room { mustLookAgain = true }
                next = min(limits.poll, max(claim.nextIn ?? limits.poll, .milliseconds(5)))
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

    private func start(_ message: ClaimedMessage, through gateway: any Gateway) {
        calls += 1
        reactor.spawn { [self] in
            await submit(message, through: gateway)
            calls -= 1
            if mustLookAgain || calls == limits.concurrentCalls - 1 { look() }
            resumeIfIdle()
        }
    }

    private func submit(_ message: ClaimedMessage, through gateway: any Gateway) async {
        var values = TextValues(
            brand: brand, urgency: message.urgency, code: message.code, answerWithin: message.answerWithin)
        values.link = await hub.link(for: message)
        let attempt = GatewayAttempt(
            id: message.attempt, to: message.phone, text: message.template.text(values), urgency: message.urgency)
        let outcome = await gateway.submit(attempt, through: client, deadline: limits.callDeadline)
        note(outcome, of: message)
        await record(submission(outcome, of: message), of: message)
    }

    /// What the store is to make of a gateway's answer.
    private func submission(_ outcome: SubmitOutcome, of message: ClaimedMessage) -> SubmissionOutcome {
        retries.submission(
            outcome, number: message.number, urgency: message.urgency, jitter: Double.random(in: 0.8...1.2))
    }

    /// Records the outcome; while the database is away it is tried again until the lease makes it unknown.
    private func record(_ outcome: SubmissionOutcome, of message: ClaimedMessage) async {
        let giveUpAt = MonotonicTime.now().advanced(by: limits.lease)
        while true {
            do {
                if let advance = try await hub.store.messages.record(outcome, of: message) { hub.took(advance) }
                return
            } catch {
                Log.warning(
                    "attempt not recorded", ["attempt": message.attempt.description, "error": error.logName])
                guard case .database = error, MonotonicTime.now() < giveUpAt else { return }
            }
            await reactor.sleep(for: .milliseconds(500))
        }
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
