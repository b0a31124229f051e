import Clinic
import Escalation

/// A run as lines that people read, each with the alert that it is about.
struct Trace {
    private var lines: [(alert: AlertID?, text: String)] = []
    private var messages: [MessageID: MessageRow] = [:]
    private var attempts: [AttemptID: AttemptRow] = [:]

    mutating func see(_ fact: Fact, at now: Timestamp) {
        guard let (alert, text) = line(fact) else { return }
        let about = alert.map { "alert \($0.low)" } ?? ""
        lines.append((alert, "\(now)  \(about)\(String(repeating: " ", count: max(1, 10 - about.count)))\(text)"))
    }

    /// What concerns an alert, and what concerns all; everything where none is named. The last so many lines.
    func story(of alert: AlertID?, last count: Int) -> [String] {
        lines.filter { $0.alert == nil || alert == nil || $0.alert == alert }.suffix(count).map(\.text)
    }

    private mutating func line(_ fact: Fact) -> (AlertID?, String)? {
        switch fact {
        case .raised(let row):
            let policy = "policy \(row.policy.id.low) (\(row.policy.name))"
            return (row.id, "raised \(row.state.urgency.rawValue), \(policy), \(Self.text(row.state))")
        case .advanced(let alert, _, let after, let effects, let input):
            let pages = effects.compactMap { if case .page(let page) = $0 { page } else { nil } }
            let paged = pages.flatMap(\.recipients).map { String($0.user.low) }.joined(separator: ", ")
            return (alert, "\(input) → \(Self.text(after))\(paged.isEmpty ? "" : ", pages \(paged)")")
        case .message(let old, let new):
            messages[new.id] = new
            let name = "message \(new.id.low) to \(new.user.low) by \(new.kind.rawValue), generation \(new.generation)"
            if let old, old.state == new.state { return nil }
            return (new.alert, "\(name): \(new.state.rawValue)")
        case .attempt(let old, let new):
            attempts[new.id] = new
            let outcome = new.outcome.map { ", outcome \($0.rawValue)" } ?? ""
            let name = "attempt \(new.id.low) of message \(new.message.low) by \(new.gateway)"
            if old?.state == new.state, old?.outcome == new.outcome { return nil }
            return (messages[new.message]?.alert, "\(name): \(new.state.rawValue)\(outcome)")
        case .callBegan(let attempt, let hub):
            return (alert(of: attempt), "hub \(hub) calls the gateway for attempt \(attempt.low)")
        case .taken(let attempt, _): return (alert(of: attempt), "the gateway has the text of attempt \(attempt.low)")
        case .heard(let word):
            let id = word.attempt.map { "attempt \($0.low)" } ?? word.providerID ?? ""
            return (word.attempt.flatMap { alert(of: $0) }, "callback taken: \(word.report.rawValue) of \(id)")
        case .interrupted(let since, let until, let kind):
            return (nil, "\(kind.rawValue) from \(since) to \(until)")
        case .deadlock(let row): return (nil, "deadlock at \(row)")
        case .hubDied, .fault: return nil
        case .note(let text): return (nil, text)
        }
    }

    private func alert(of attempt: AttemptID) -> AlertID? {
        attempts[attempt].flatMap { messages[$0.message]?.alert }
    }

    private static func text(_ state: EscalationState) -> String {
        let due = state.phase.dueAt.map { ", due \($0)" } ?? ""
        return "\(state.status.rawValue) \(state.phase.name) step \(state.step) loop \(state.loop)"
            + " generation \(state.generation)\(due)"
    }
}
