import Clinic
import Escalation
import Testing

@Suite("The choice of a gateway")
struct GatewayBoardTests {
    private static func second(_ number: Int64) -> Timestamp { Timestamp(microseconds: number * 1_000_000) }
    private static let fault = SubmitOutcome.unknown(code: "deadline")
    private static let good = SubmitOutcome.accepted(providerID: "1")

    private func board(weights: (Int, Int) = (50, 50)) -> GatewayBoard {
        GatewayBoard([
            .init(name: "one", kind: .sms, weight: weights.0), .init(name: "two", kind: .sms, weight: weights.1),
            .init(name: "push", kind: .push, weight: 50),
        ])
    }

    private func choose(
        _ board: GatewayBoard, _ urgency: UrgencyLevel = .critical, tried: [String] = [], at second: Int64 = 0,
        chance: Double = 0
    ) -> GatewayBoard.Choice {
        board.choose(for: .sms, urgency: urgency, tried: tried, at: Self.second(second), chance: chance)
    }

    /// How many of a hundred even draws go to a gateway.
    private func percent(_ board: GatewayBoard, of name: String, at second: Int64) -> Int {
        (0..<100).count { choose(board, at: second, chance: Double($0) / 100) == .use(name) }
    }

    @Test("healthy gateways of the kind share the messages by weight")
    func weights() {
        #expect(percent(board(), of: "one", at: 0) == 50)
        #expect(percent(board(weights: (75, 25)), of: "one", at: 0) == 75)
        #expect(percent(board(), of: "push", at: 0) == 0)
        #expect(board().choose(for: .voice, urgency: .low, tried: [], at: Self.second(0), chance: 0) == .none)
        #expect(choose(board(), chance: 1) == .use("two"))
        #expect(choose(board(), chance: .nan) != .none)
    }

    @Test("no gateway twice in a row while there is another", arguments: UrgencyLevel.allCases)
    func alternates(urgency: UrgencyLevel) {
        for chance in stride(from: 0.0, through: 1, by: 0.1) {
            #expect(choose(board(), urgency, tried: ["one"], chance: chance) == .use("two"))
            #expect(choose(board(), urgency, tried: ["one", "two"], chance: chance) == .use("one"))
            #expect(choose(board(), urgency, tried: ["gone"], chance: chance) != .none)
        }
        let alone = GatewayBoard([.init(name: "one", kind: .sms, weight: 1)])
        #expect(choose(alone, urgency, tried: ["one"]) == .use("one"))
    }

    @Test("a gateway that fails gets less, and more again by itself as its faults fade")
    func drift() {
        var board = board()
        for second in 0..<4 { board.note(Self.fault, of: "one", at: Self.second(Int64(second))) }
        let worst = percent(board, of: "one", at: 4)
        #expect(worst < 35)
        let later = percent(board, of: "one", at: 120)
        let muchLater = percent(board, of: "one", at: 1_200)
        #expect(later > worst)
        #expect(muchLater == 50)
    }

    @Test("five faults in a row open the breaker: nothing more goes there until its time, then one call to see")
    func breaker() {
        var board = board()
        for _ in 0..<5 { board.note(Self.fault, of: "one", at: Self.second(0)) }
        #expect(percent(board, of: "one", at: 4) == 0)
        #expect(percent(board, of: "one", at: 5) > 0)
        board.began("one", at: Self.second(5))
        #expect(percent(board, of: "one", at: 6) == 0)
        board.note(Self.good, of: "one", at: Self.second(6))
        #expect(percent(board, of: "one", at: 6) > 0)
    }

    @Test("a probe that fails doubles the rest, up to two minutes; one that is never heard of is replaced")
    func probes() {
        var board = board()
        for _ in 0..<5 { board.note(Self.fault, of: "one", at: Self.second(0)) }
        var now: Int64 = 5
        for rest: Int64 in [10, 20, 40, 80, 120, 120] {
            board.began("one", at: Self.second(now))
            board.note(Self.fault, of: "one", at: Self.second(now))
            #expect(percent(board, of: "one", at: now + rest - 1) == 0)
            now += rest
            #expect(percent(board, of: "one", at: now) > 0)
        }
        board.began("one", at: Self.second(now))
        #expect(percent(board, of: "one", at: now + 29) == 0)
        #expect(percent(board, of: "one", at: now + 30) > 0)
    }

    @Test("an account that is refused opens the breaker at once; a number that does not exist says nothing")
    func account() {
        var board = board()
        for _ in 0..<50 {
            board.note(.rejected(DeliveryError(.permanentAddress, code: "21211")), of: "one", at: Self.second(0))
            board.note(.rejected(DeliveryError(.optedOut, code: "21610")), of: "one", at: Self.second(0))
        }
        #expect(percent(board, of: "one", at: 0) == 50)
        board.note(.rejected(DeliveryError(.configuration, code: "20003")), of: "one", at: Self.second(0))
        #expect(percent(board, of: "one", at: 29) == 0)
    }

    @Test("a gateway that asked for patience is left alone while another works, a minute at most")
    func patience() {
        var board = board()
        let limit = SubmitOutcome.rejected(DeliveryError(.rateLimited(retryAfter: .seconds(3_600)), code: "429"))
        board.note(limit, of: "one", at: Self.second(0))
        #expect(percent(board, of: "one", at: 59) == 0)
        #expect(percent(board, of: "one", at: 60) > 0)
    }

    @Test("with all down the urgent goes out all the same, the rest waits for the soonest")
    func allDown() {
        var board = board()
        for name in ["one", "two"] { for _ in 0..<5 { board.note(Self.fault, of: name, at: Self.second(0)) } }
        #expect(choose(board, .critical, tried: ["one"], at: 1) == .use("two"))
        #expect(choose(board, .urgent, tried: ["two"], at: 1) == .use("one"))
        #expect(choose(board, .moderate, at: 1) == .wait(.seconds(4)))
        #expect(choose(board, .low, at: 5) == .use("one"))
        #expect(!board.hasOther(than: "one", for: .sms, at: Self.second(1)))
        #expect(board.hasOther(than: "one", for: .sms, at: Self.second(5)))
    }

    @Test("late and lost messages cost a gateway its share; those to numbers that do not exist do not")
    func receipts() {
        var board = board()
        for _ in 0..<20 {
            board.note(.undelivered, after: .seconds(1), error: .permanentAddress, of: "one", at: Self.second(0))
            board.note(.sent, after: .seconds(900), error: nil, of: "one", at: Self.second(0))
        }
        #expect(percent(board, of: "one", at: 0) == 50)
        for _ in 0..<20 { board.note(.delivered, after: .seconds(90), error: nil, of: "one", at: Self.second(0)) }
        #expect(percent(board, of: "one", at: 0) < 20)
        #expect(percent(board, of: "one", at: 10 * 900) > 45)
    }

    @Test("where each address is a peer of its own, one peer's faults are not the gateway's")
    func peers() {
        var board = GatewayBoard([.init(name: "hooks", kind: .webhook, weight: 1, isOnePeer: false)])
        for _ in 0..<50 { board.note(Self.fault, of: "hooks", at: Self.second(0)) }
        #expect(
            board.choose(for: .webhook, urgency: .low, tried: ["hooks"], at: Self.second(0), chance: 0) == .use("hooks")
        )
    }

    @Test("a clock that goes back, and names that are not there, do no harm")
    func odd() {
        var board = board()
        board.note(Self.fault, of: "one", at: Self.second(1_000_000))
        board.note(Self.good, of: "one", at: Self.second(0))
        board.note(Self.good, of: "gone", at: Timestamp(microseconds: .max))
        board.began("gone", at: Timestamp(microseconds: .min))
        #expect(choose(board, at: 0) != .none)
        #expect(GatewayHealth().share(at: Timestamp(microseconds: .min)) == 1)
    }
}

@Suite("Limits of a number")
struct NumberLimitsTests {
    private let limits = NumberLimits([
        .init(count: 1, window: .seconds(15)), .init(count: 3, window: .seconds(900)),
    ])

    @Test("a message waits until every window has room")
    func waits() {
        #expect(limits.wait(for: .urgent, ages: []) == .zero)
        #expect(limits.wait(for: .urgent, ages: [.seconds(5)]) == .seconds(10))
        #expect(limits.wait(for: .urgent, ages: [.seconds(15)]) == .zero)
        #expect(limits.wait(for: .low, ages: [.seconds(20), .seconds(30), .seconds(600)]) == .seconds(300))
        #expect(limits.longestCount == 3 && limits.longestWindow == .seconds(900))
    }

    @Test("CRITICAL is never held back")
    func critical() {
        #expect(limits.wait(for: .critical, ages: [Duration](repeating: .zero, count: 100)) == .zero)
        #expect(!limits.bind(.critical) && limits.bind(.urgent))
    }

    @Test("no limits bind nothing, and a limit of nothing is left out")
    func none() {
        #expect(!NumberLimits([]).bind(.low))
        #expect(NumberLimits([.init(count: 0, window: .seconds(1))]).wait(for: .low, ages: [.zero]) == .zero)
    }
}
