import Clinic
import Escalation

/// Watches a run from outside and says what must not be. It knows facts alone (rows as they were committed, the gateways'
/// logs, the faults) and reckons for itself what the policy promises; nothing of the model or of the planner is asked.
final class Observer {
    /// Something that must have happened by a moment, and some slack after it.
    final class Promise {
        let what: String
        let alert: AlertID
        let dueAt: Timestamp
        let slack: Duration
        /// When it was kept, or ceased to hold; nil while it is open.
        var keptAt: Timestamp?

        init(_ what: String, _ alert: AlertID, dueAt: Timestamp, slack: Duration) {
            self.what = what
            self.alert = alert
            self.dueAt = dueAt
            self.slack = slack
        }
    }

    /// What is known of one alert.
    struct Story {
        let policy: EscalationPolicy
        var state: EscalationState
        var generationsPaged: Set<Int64> = []
        /// What the present phase promises; all end when it does.
        var promises: [Promise] = []
        /// The promise that a receipt, or the end of the step, must keep.
        var receipt: Promise?
        /// When the present page was due by the policy; nil where something brought it forward.
        var pageDueAt: Timestamp?
    }

    private(set) var violations: [Violation] = []
    private(set) var statistics = Statistics()
    private(set) var interruptions = Interruptions()
    var stories: [AlertID: Story] = [:]
    var messages: [MessageID: MessageRow] = [:]
    var attempts: [AttemptID: AttemptRow] = [:]
    var firstAttempts: [MessageID: Promise] = [:]
    var leases: [AttemptID: Promise] = [:]
    /// Attempts whose hub has died.
    var orphans: [AttemptID: Promise] = [:]
    /// The attempts of a message whose text a gateway has.
    var taken: [MessageID: [AttemptID]] = [:]
    var providers: [String: AttemptID] = [:]
    var heard: [(word: GatewayWord, at: Timestamp)] = []
    private var judgements = Agenda()
    /// The clock has jumped, so that the patience with what was under way has not passed.
    private var patientUntil = World.start
    private(set) var now = World.start

    /// Judged this long after it was due, when all interruptions of that time are known.
    private static let patience = Duration.seconds(120)
    /// What the policy's time may be exceeded by.
    static let slack = Duration.seconds(1)

    /// False where the run need not go on.
    func see(_ fact: Fact, at now: Timestamp) -> Bool {
        self.now = now
        // First, what excuses those that are judged now.
        if case .interrupted(let since, let until, let kind) = fact {
            interruptions.add(from: since, to: until)
            if kind == .clockJump { patientUntil = until.advanced(by: Self.patience) }
        }
        judge()
        switch fact {
        case .raised(let row): raised(row)
        case .advanced(let alert, let before, let after, let effects, let input):
            advanced(alert, before, after, effects, input)
        case .message(let old, let new): saw(old, new)
        case .attempt(let old, let new): saw(old, new)
        case .callBegan(let attempt, _): callBegan(attempt)
        case .taken(let attempt, let providerID): took(attempt, providerID)
        case .heard(let word): heard.append((word, now))
        case .fault(let fault): statistics.faults[fault, default: 0] += 1
        case .hubDied(let holder): died(holder)
        case .deadlock(let row): fail(nil, "sessions wait for each other in a circle, at \(row)")
        case .interrupted, .note: break
        }
        return violations.isEmpty
    }

    /// The run is over, and its calm.
    func end(at now: Timestamp) {
        self.now = now
        guard violations.isEmpty else { return }
        judge(until: now)
        checkEnd()
        statistics.excused = interruptions.excused(from: World.start, to: now)
    }

    func count(_ body: (inout Statistics) -> Void) { body(&statistics) }

    func fail(_ alert: AlertID?, _ what: String) { violations.append(Violation(at: now, alert: alert, what: what)) }

    func must(_ holds: Bool, _ alert: AlertID?, _ claim: @autoclosure () -> String) {
        if !holds { fail(alert, "not so: \(claim())") }
    }

    // MARK: Promises

    func promise(
        _ what: @autoclosure () -> String, _ alert: AlertID, dueAt: Timestamp, slack: Duration = Observer.slack
    ) -> Promise {
        let promise = Promise(what(), alert, dueAt: dueAt, slack: slack)
        judgements.add(at: dueAt.advanced(by: Self.patience)) { [unowned self] in judge(promise) }
        return promise
    }

    private func judge() { if now >= patientUntil { judge(until: now) } }

    private func judge(until end: Timestamp) {
        while let (_, act) = judgements.next(until: end) { act() }
    }

    private func judge(_ promise: Promise) {
        let keptAt = promise.keptAt ?? now
        let late = keptAt.duration(since: promise.dueAt)
        guard late > promise.slack else { return }
        let excused = interruptions.excused(from: promise.dueAt, to: keptAt)
        guard late - excused > promise.slack else {
            guard promise.keptAt == nil else { return }
            judgements.add(at: now.advanced(by: Self.patience)) { [unowned self] in judge(promise) }
            return
        }
        let how = promise.keptAt == nil ? "not yet" : "\(late) late"
        fail(promise.alert, "\(promise.what), due at \(promise.dueAt): \(how), of which \(excused) are excused")
    }
}
