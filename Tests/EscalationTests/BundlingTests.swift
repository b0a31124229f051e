import Clinic
import Escalation
import Testing

@Suite("Which texts are gathered into one")
struct BundlingTests {
    private typealias Decision = Bundling<String>.Decision

    private static func rules(
        _ urgency: UrgencyLevel = .moderate, count: Int = 3, bundle: Duration? = .seconds(60), receipt: Duration? = nil
    ) -> BundlingRules? {
        var policy = EscalationPolicy.standard(id: PolicyID(high: 1, low: 2))
        policy.storm.perUser = Rate(count: count, window: .seconds(300))
        policy.urgencies[urgency].bundle = bundle
        policy.urgencies[urgency].receiptTimeout = receipt
        return BundlingRules(policy, urgency)
    }

    @Test("CRITICAL has no rules even where a policy was stored with some, nor has an urgency that is not bundled")
    func rulesOf() {
        for urgency in UrgencyLevel.allCases {
            #expect((Self.rules(urgency) == nil) == (urgency == .critical))
            #expect(Self.rules(urgency, bundle: nil) == nil)
        }
        #expect(Self.rules(receipt: .seconds(40))?.gather == .seconds(20), "a receipt can come before the step ends")
        #expect(Self.rules(receipt: .seconds(4_000))?.gather == .seconds(60))
        #expect(Self.rules(count: 0)?.count == 1)
    }

    @Test("the product: urgency, rules, texts before, one that gathers, another hub, first try or not")
    func product() throws {
        for urgency in UrgencyLevel.allCases {
            for rules in [nil, Self.rules(), Self.rules(count: 1)] {
                for sent in 0...4 {
                    for old in [true, false] {
                        for isGathering in [true, false] {
                            for isForeign in [true, false] {
                                for isFirstTry in [true, false] {
                                    var bundling = Bundling<String>()
                                    for _ in 0..<sent { bundling.note(.seconds(old ? 300 : 299), of: "a") }
                                    if isGathering { bundling.noteGathering(for: "a") }
                                    if isForeign { bundling.noteForeign("a") }
                                    let decision = bundling.decide(
                                        urgency, rules, isFirstTry: isFirstTry, expiresIn: .seconds(600), for: "a")
                                    let isFree = urgency == .critical || !isFirstTry || rules == nil
                                    let count = rules?.count ?? 0
                                    let isStorm = isGathering || !old && sent >= count
                                    let expected: Decision =
                                        isFree
                                        ? .alone
                                        : isForeign
                                            ? .wait(.seconds(1)) : isStorm ? .bundled(within: .seconds(60)) : .alone
                                    #expect(decision == expected)
                                    // Another person's texts are nobody else's.
                                    let other = bundling.decide(
                                        urgency, rules, isFirstTry: true, expiresIn: .seconds(600), for: "b")
                                    #expect(other == .alone)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @Test(
        "of a burst the first few go out by themselves, the rest is bundled; CRITICAL goes between them and does not count"
    )
    func burst() {
        var bundling = Bundling<String>()
        var alone = 0
        for number in 0..<50 {
            if number % 5 == 0 {
                #expect(
                    bundling.decide(.critical, Self.rules(), isFirstTry: true, expiresIn: .seconds(600), for: "a")
                        == .alone)
            }
            if bundling.decide(.moderate, Self.rules(), isFirstTry: true, expiresIn: .seconds(600), for: "a") == .alone
            {
                alone += 1
            }
        }
        #expect(alone == 3)
    }

    @Test("an urgency that is never bundled goes out by itself, and counts against those that are")
    func mixed() {
        var bundling = Bundling<String>()
        for _ in 0..<3 {
            #expect(bundling.decide(.urgent, nil, isFirstTry: true, expiresIn: .seconds(600), for: "a") == .alone)
        }
        #expect(
            bundling.decide(.low, Self.rules(), isFirstTry: true, expiresIn: .seconds(600), for: "a")
                == .bundled(within: .seconds(60)))
        #expect(bundling.decide(.urgent, nil, isFirstTry: true, expiresIn: .seconds(600), for: "a") == .alone)
    }
}
