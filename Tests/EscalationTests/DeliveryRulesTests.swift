import Clinic
import Escalation
import Testing

@Suite("What a policy says about the messages of its alerts")
struct DeliveryRulesTests {
    private static func policy(_ change: (inout EscalationPolicy) -> Void = { _ in }) -> EscalationPolicy {
        var policy = EscalationPolicy.standard(id: PolicyID(high: 1, low: 2))
        change(&policy)
        return policy
    }

    private static func rules(
        _ urgency: UrgencyLevel = .urgent, _ kind: ContactKind = .sms, _ change: (inout EscalationPolicy) -> Void
    ) -> DeliveryRules {
        DeliveryRules(policy(change), urgency, kind: kind)
    }

    private static let busy = SubmitOutcome.rejected(DeliveryError(.transient, code: "busy"))

    @Test("a policy that says nothing leaves the hub's settings as they are", arguments: UrgencyLevel.allCases)
    func silent(_ urgency: UrgencyLevel) {
        let rules = DeliveryRules(Self.policy(), urgency, kind: .sms)
        let hub = RetryPolicy(attempts: 3, backoff: [.seconds(7)])
        #expect(hub.following(rules) == hub)
        #expect(rules.limits == NumberLimits([]) && rules.preferred.isEmpty)
        #expect(rules.ambiguousSend == DeliveryRules(urgency).ambiguousSend)
    }

    @Test(
        "phoneLimits hold for every urgency but the exempt ones, hardCapPerHour for all; the stricter of policy and hub holds"
    )
    func limits() {
        let hub = NumberLimits([.init(count: 2, window: .seconds(60))])
        for urgency in UrgencyLevel.allCases {
            for exempt in [[UrgencyLevel.critical], [.urgent, .critical], UrgencyLevel.allCases] {
                for count in 1...4 {
                    let both = hub.and(
                        Self.rules(urgency) {
                            $0.phoneLimits.sms = [Rate(count: count, window: .seconds(600))]
                            $0.phoneLimits.exempt = exempt
                        }.limits)
                    for sent in 0...5 {
                        let ages = [Duration](repeating: .seconds(10), count: sent)
                        let ofHub: Duration = urgency != .critical && sent >= 2 ? .seconds(50) : .zero
                        let ofPolicy: Duration = !exempt.contains(urgency) && sent >= count ? .seconds(590) : .zero
                        #expect(both.wait(for: urgency, ages: ages) == max(ofHub, ofPolicy))
                    }
                }
            }
            let capped = Self.rules(urgency) {
                $0.phoneLimits.exempt = UrgencyLevel.allCases
                $0.phoneLimits.hardCapPerHour = 30
            }.limits
            #expect(capped.wait(for: urgency, ages: [Duration](repeating: .seconds(600), count: 29)) == .zero)
            #expect(capped.wait(for: urgency, ages: [Duration](repeating: .seconds(600), count: 30)) == .seconds(3_000))
        }
    }

    @Test("what goes by the phone number has limits, an order of gateways and a validity; a push has none of them")
    func kinds() {
        for kind in ContactKind.allCases {
            let rules = Self.rules(.urgent, kind) {
                $0.phoneLimits.hardCapPerHour = 30
                $0.gateways.sms = ["two"]
                $0.urgencies.urgent.smsValidity = .seconds(90)
            }
            #expect(rules.limits.bind(.urgent) == (kind == .sms))
            #expect(rules.preferred == (kind == .sms ? ["two"] : []))
            #expect(rules.textValidity == (kind == .sms ? .seconds(90) : nil))
        }
    }

    @Test("gateways.sms is the order: the first that works, none twice in a row, a name that is not there passed over")
    func order() {
        let now = Timestamp(microseconds: 0)
        var board = GatewayBoard(
            ["one", "two", "three"].map { GatewayBoard.Member(name: $0, kind: .sms, weight: $0 == "one" ? 2 : 1) })
        func choose(_ preferred: [String], tried: [String] = []) -> Set<GatewayBoard.Choice> {
            Set(
                stride(from: 0.0, to: 1, by: 0.01).map {
                    board.choose(for: .sms, urgency: .urgent, tried: tried, preferred: preferred, at: now, chance: $0)
                })
        }
        #expect(choose([]).count > 1)
        #expect(choose(["two", "one"]) == [.use("two")])
        #expect(choose(["gone", "two"]) == [.use("two")])
        #expect(choose(["two", "one"], tried: ["two"]) == [.use("one")])
        #expect(choose(["two"], tried: ["two"]) == [.use("one"), .use("three")], "the rest by weight")
        for _ in 0..<5 { board.note(.unknown(code: "x"), of: "two", at: now) }
        #expect(choose(["two", "three"]) == [.use("three")])
    }

    @Test("maxAttempts never goes beyond the hub's; backoff and jitter are the policy's")
    func retries() {
        let hub = RetryPolicy(attempts: 3, backoff: [.seconds(1)])
        for attempts in 1...6 {
            let own = hub.following(
                Self.rules {
                    $0.gateways.maxAttempts = attempts
                    $0.gateways.backoff = [.seconds(9), .seconds(20)]
                    $0.gateways.jitter = 0.5
                })
            for number in 1...6 {
                let isLast = number >= min(attempts, 3)
                let wait: Duration? = isLast ? nil : .seconds(number == 1 ? 9 : 20)
                let next = own.submission(Self.busy, number: number, urgency: .low, doubt: .zero, factor: 1)
                #expect(next == .rejected(code: "busy", retryAfter: wait))
            }
            #expect(own.factor(chance: 0) == 0.5 && own.factor(chance: 1) == 1.5)
        }
        #expect(abs(hub.factor(chance: 0) - 0.8) < 1e-9 && abs(hub.factor(chance: 1) - 1.2) < 1e-9)
    }

    @Test(
        "ambiguousSend decides by urgency: again at once by another gateway, or after the doubt's time and a question")
    func ambiguous() {
        for urgency in UrgencyLevel.allCases {
            for choice in UrgencyRules.AmbiguousSend.allCases {
                let rules = Self.rules(urgency) { $0.urgencies[urgency].ambiguousSend = choice }
                #expect(rules.asksFirst == (choice == .reconcile))
                for hasOther in [true, false] {
                    let next = RetryPolicy().submission(
                        .unknown(code: "x"), number: 1, urgency: urgency, doubt: rules.doubt, hasOther: hasOther,
                        factor: 1)
                    let wait: Duration = choice == .reconcile ? .seconds(30) : hasOther ? .zero : .seconds(1)
                    #expect(next == .unknown(code: "x", retryAfter: wait))
                }
            }
        }
    }

    @Test("smsValiditySeconds shortens a text's life and no other message's, and never lengthens it beyond its step")
    func validity() {
        for wait in [nil, Duration.seconds(10), .seconds(100), .seconds(1_000)] {
            for valid in [nil, Duration.seconds(5), .seconds(200), .seconds(36_000)] {
                let rules = Self.policy { $0.urgencies.urgent.smsValidity = valid }.urgencies.urgent
                let step = max(wait ?? .seconds(300), .seconds(60))
                for kind in ContactKind.allCases {
                    let life = MessageValidity.of(kind, rules, answerWithin: wait)
                    #expect(life == (kind == .sms ? min(step, valid ?? step) : step))
                }
            }
        }
    }

    @Test(
        "whom a heartbeat's rule names is paged before the first step, as long as the first step that the urgency takes"
    )
    func silence() {
        let policy = Self.policy {
            $0.steps[0].wait.low = nil
            $0.heartbeats = [
                HeartbeatRule(
                    source: "ocr", every: .seconds(60), grace: .zero, urgency: .urgent, targets: [.role(.admin)])
            ]
        }
        let own = policy.afterSilence(of: "ocr")
        #expect(own.steps.count == policy.steps.count + 1)
        #expect(own.steps[0].targets == [.role(.admin)] && Array(own.steps.dropFirst()) == policy.steps)
        for urgency in UrgencyLevel.allCases {
            #expect(own.steps[0].wait[urgency] == policy.steps.lazy.compactMap { $0.wait[urgency] }.first)
        }
        #expect(policy.afterSilence(of: "other") == policy && policy.afterSilence(of: nil) == policy)
    }
}
