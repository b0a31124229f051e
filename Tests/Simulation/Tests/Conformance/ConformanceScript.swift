import Clinic
import Escalation
import SimulatedWorld

/// The operations of one seed, drawn one at a time from what there is so far.
struct ConformanceScript {
    private var draw: SplitMix
    private let people: [UserID]
    private let doctors: [UserID]

    init(seed: UInt64, people: [UserID], doctors: [UserID]) {
        draw = SplitMix(seed: seed)
        self.people = people
        self.doctors = doctors
    }

    /// A policy whose times are whole tens of seconds.
    static func policy(_ id: PolicyID, seed: UInt64) -> EscalationPolicy {
        var draw = SplitMix(seed: seed &+ 1_000)
        let targets: [[EscalationTarget]] = [[.assignedDoctor], [.backupOfAssigned], [.role(.admin)]]
        var policy = EscalationPolicy(
            id: id, version: 1, name: "conformance",
            steps: targets.map { EscalationStep(targets: $0, wait: PerUrgency(all: .seconds(draw.pick([30, 120])))) },
            loops: PerUrgency(all: draw.pick([0, 1, -1])))
        for urgency in UrgencyLevel.allCases {
            policy.urgencies[urgency].receiptTimeout = draw.pick([nil, .seconds(20)])
            policy.urgencies[urgency].repeatStep = draw.pick([nil, .seconds(10)])
            policy.urgencies[urgency].channels = [.screen, .sms, .push]
            policy.urgencies[urgency].then = []
            policy.urgencies[urgency].thenAfter = nil
            policy.urgencies[urgency].bundle = nil
            policy.urgencies[urgency].ambiguousSend = draw.pick(UrgencyRules.AmbiguousSend.allCases)
            policy.urgencies[urgency].smsValidity = draw.pick([nil, .seconds(40)])
        }
        policy.phoneLimits.sms = draw.pick([[], [Rate(count: 2, window: .seconds(60))]])
        policy.phoneLimits.exempt = draw.pick([[.critical], [.urgent, .critical]])
        policy.advanceNowOn.remove(.noLiveScreen)
        policy.inhibit = []
        policy.afterAccept.remind = PerUrgency(all: draw.pick([nil, .seconds(60)]))
        policy.afterAccept.unaccept = PerUrgency(all: draw.pick([nil, .seconds(100)]))
        policy.snooze.max = PerUrgency(all: .seconds(600))
        policy.onExhausted.repeatEvery = .seconds(60)
        policy.reopen = .seconds(300)
        return policy
    }

    mutating func next(alerts: Int, claims: Int) -> Operation {
        guard alerts > 0 else { return .raise(.critical, assignedTo: doctors[0]) }
        let alert = draw.number(0...(alerts - 1))
        let claim = claims > 0 ? draw.number(max(0, claims - 6)...(claims - 1)) : nil
        switch (draw.number(0...31), claim) {
        case (0...2, _):
            return .raise(
                draw.pick(UrgencyLevel.allCases), assignedTo: draw.happens(100_000) ? nil : draw.pick(doctors))
        case (3...6, _): return .advance(alert: alert, input())
        case (7, _): return .seen(alert: alert)
        case (8...11, _): return .runTimers
        case (12...15, _):
            let choice: GatewayBoard.Choice =
                switch draw.number(0...11) {
                case 0: .none
                case 1: .wait(.seconds(20))
                case 2...6: .use("one")
                default: .use("two")
                }
            let limits =
                draw.happens(300_000) ? NumberLimits([.init(count: 1, window: .seconds(30))]) : NumberLimits([])
            return .claim(
                limit: 50, gateway: choice, isHubDead: draw.happens(300_000), limits: limits
            )
        case (16...19, .some(let claim)): return .record(claim: claim, outcome(claim))
        case (20, .some(let claim)): return .found(claim: claim, draw.pick([.sent, .delivered]))
        case (21...24, .some(let claim)):
            let report = draw.pick([DeliveryState.accepted, .sent, .delivered, .undelivered, .failed, .read])
            return .callback(claim: claim, report, byProviderID: draw.happens(400_000))
        case (25, .some(let claim)): return .foreignCallback(claim: claim)
        case (26, .some(let claim)): return .replay(claim: claim)
        case (27, _): return .applyKept
        case (28, _): return .sweep
        case (29, _):
            let user = draw.pick(people)
            return draw.happens(500_000)
                ? .optOut(user: user, isOut: draw.happens(500_000)) : .setActive(user: user, draw.happens(700_000))
        default: return .pass(seconds: draw.pick([10, 10, 20, 30, 60, 120]))
        }
    }

    private mutating func outcome(_ claim: Int) -> SubmissionOutcome {
        let delay: Duration? = draw.happens(500_000) ? .seconds(draw.pick([0, 10, 30])) : nil
        switch draw.number(0...2) {
        case 0: return .accepted(providerID: "P\(claim)")
        case 1: return .rejected(code: "busy", retryAfter: delay)
        default: return .unknown(code: "deadline", retryAfter: delay)
        }
    }

    private mutating func input() -> EscalationInput {
        let user = draw.pick(people)
        return switch draw.number(0...10) {
        case 0: .escalateNow(by: user)
        case 1: .delivered(to: user)
        case 2...3: .acknowledged(by: user)
        case 4: .declined(by: user)
        case 5: .workingOnIt(by: user)
        case 6: .snoozed(by: user, for: .seconds(draw.pick([30, 300])))
        case 7: .contactGone(user: user, why: draw.pick(Unreachable.allCases))
        case 8: .repeated(urgency: draw.pick(UrgencyLevel.allCases))
        case 9: .closed(by: user)
        default: .reopened(by: user)
        }
    }
}
