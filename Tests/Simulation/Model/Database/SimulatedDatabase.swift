package import Clinic
import Escalation

/// The tables that escalation and dispatch live in, in memory, and what Store's statements do to them.
///
/// It re-states SQL: each operation names the statement that it stands for, and the conformance test runs the same
/// scripts against this and against Store on PostgreSQL. Every operation here is one instant; transactions, locks and what
/// goes wrong with them are `Sessions`. What is decided by pure code in the hub (Planner, Roster, FirstPage, MessageValidity,
/// NumberCounts, RetryPolicy, EscalationInput.init) is that code.
///
/// Left out: messages without an alert, holds (inhibition, maintenance), clinics other than one.
package final class SimulatedDatabase {
    /// The database's clock; there is no other for what is stored.
    package var now: Timestamp
    package var people: [PersonRow] = []
    package var onDuty: [ScheduleID: UserID] = [:]
    package internal(set) var alerts: [EscalationRow] = []
    package internal(set) var messages: [MessageRow] = []
    package internal(set) var attempts: [AttemptRow] = []
    /// `gateway_events`: what was received.
    var received: Set<GatewayWord> = []
    /// `unmatched_callbacks`, oldest first; changed by `keep` and `forgetKept` alone.
    package private(set) var kept: [(word: GatewayWord, at: Timestamp)] = []
    /// Whether the fence of a claim is left out: one of the planted bugs.
    package var skipsFence = false
    /// Told of every row that is written.
    package var journal: (Fact) -> Void = { _ in }

    // Indexes, as the real tables have them: what a statement costs does not grow with the hours that have passed.
    private(set) var armed: [AlertID] = []
    private(set) var queued: [MessageID] = []
    private(set) var leased: [AttemptID] = []
    private var messagesOfAlert: [[MessageID]] = []
    private var firstTries: [ContactID: [AttemptID]] = [:]
    private var owners: [ProviderKey: AttemptID] = [:]
    /// The kept callbacks whose attempt is known by now.
    private var matchedWords: Set<GatewayWord> = []
    private var unmatchedWords: [ProviderKey: [GatewayWord]] = [:]

    /// What a gateway calls an attempt.
    private struct ProviderKey: Hashable {
        let gateway: String
        let providerID: String
    }

    package init(now: Timestamp) { self.now = now }

    package subscript(_ alert: AlertID) -> EscalationRow { alerts[Int(alert.low)] }
    package subscript(_ message: MessageID) -> MessageRow { messages[Int(message.low)] }
    package subscript(_ attempt: AttemptID) -> AttemptRow { attempts[Int(attempt.low)] }

    func messages(of alert: AlertID) -> [MessageID] { messagesOfAlert[Int(alert.low)] }

    /// The attempts that were a message's first to this address, oldest first.
    func firstTries(to address: ContactID) -> [AttemptID] { firstTries[address] ?? [] }

    /// The newest attempt that this gateway has given this id.
    func owner(of providerID: String, _ gateway: String) -> AttemptID? {
        owners[ProviderKey(gateway: gateway, providerID: providerID)]
    }

    /// Whether `match_callbacks` would find something.
    var hasMatched: Bool { !matchedWords.isEmpty }

    // MARK: Writing rows

    func insert(_ row: EscalationRow) {
        alerts.append(row)
        messagesOfAlert.append([])
        if Self.isArmed(row.state) { armed.append(row.id) }
        journal(.raised(row))
    }

    func change(_ alert: AlertID, _ body: (inout EscalationRow) -> Void) {
        let index = Int(alert.low)
        let wasArmed = Self.isArmed(alerts[index].state)
        body(&alerts[index])
        let isArmed = Self.isArmed(alerts[index].state)
        if isArmed && !wasArmed { armed.append(alert) }
        if !isArmed && wasArmed { armed.removeAll { $0 == alert } }
    }

    private static func isArmed(_ state: EscalationState) -> Bool {
        if case .new = state.phase { return true }
        return state.phase.dueAt != nil
    }

    func insert(_ row: MessageRow) {
        messages.append(row)
        messagesOfAlert[Int(row.alert.low)].append(row.id)
        queued.append(row.id)
        journal(.message(old: nil, new: row))
    }

    func change(_ message: MessageID, _ body: (inout MessageRow) -> Void) {
        let index = Int(message.low)
        let old = messages[index]
        body(&messages[index])
        let new = messages[index]
        if old.state != .queued, new.state == .queued { queued.append(message) }
        if old.state == .queued, new.state != .queued { queued.removeAll { $0 == message } }
        journal(.message(old: old, new: new))
    }

    func insert(_ row: AttemptRow) {
        attempts.append(row)
        if row.leaseUntil != nil { leased.append(row.id) }
        if row.number == 1, let address = self[row.message].contact { firstTries[address, default: []].append(row.id) }
        journal(.attempt(old: nil, new: row))
    }

    func change(_ attempt: AttemptID, _ body: (inout AttemptRow) -> Void) {
        let index = Int(attempt.low)
        let old = attempts[index]
        body(&attempts[index])
        let new = attempts[index]
        if old.leaseUntil != nil, new.leaseUntil == nil { leased.removeAll { $0 == attempt } }
        if old.providerID != new.providerID { noteOwner(of: new) }
        journal(.attempt(old: old, new: new))
    }

    private func noteOwner(of row: AttemptRow) {
        guard let providerID = row.providerID else { return }
        let key = ProviderKey(gateway: row.gateway, providerID: providerID)
        owners[key] = max(row.id, owners[key] ?? row.id)
        for word in unmatchedWords.removeValue(forKey: key) ?? [] { matchedWords.insert(word) }
    }

    // MARK: Kept callbacks

    /// `keep_unmatched_callback`.
    package func keep(_ word: GatewayWord) {
        guard !matchedWords.contains(word), !kept.contains(where: { $0.word == word }) else { return }
        kept.append((word, now))
        journal(.fault(.earlyCallback))
        journal(.note("kept \(word.gateway) \(word.report.rawValue): its attempt is not known"))
        if isMatched(word) {
            matchedWords.insert(word)
        } else if let providerID = word.providerID, word.attempt == nil {
            unmatchedWords[ProviderKey(gateway: word.gateway, providerID: providerID), default: []].append(word)
        }
    }

    func forgetKept(_ words: [GatewayWord]) {
        for word in words {
            kept.removeAll { $0.word == word }
            matchedWords.remove(word)
            guard let providerID = word.providerID else { continue }
            let key = ProviderKey(gateway: word.gateway, providerID: providerID)
            unmatchedWords[key]?.removeAll { $0 == word }
            if unmatchedWords[key]?.isEmpty ?? false { unmatchedWords[key] = nil }
        }
    }
}
