import Clinic
import Hub
import Platform
import Store
import Testing

@Suite("Refusals on their way into the audit")
struct RefusalLedgerTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func entry(_ address: String = "192.0.2.1", _ outcome: String = "BAD_TOKEN", session: String = "s")
        -> AuditEntry
    {
        AuditEntry(.authenticate, clinic: nil, actor: nil, outcome: outcome, ipAddress: address, sessionID: session)
    }

    private func ledger(_ capacity: Int = 8) -> RefusalLedger {
        RefusalLedger(capacity: capacity, window: .seconds(60))
    }

    @Test("the first is told at once with its session, a million more in one row when the window is over")
    func coalesced() {
        var ledger = ledger()
        let first = ledger.note(entry(session: "one"), now: start)
        #expect(first == entry(session: "one"))
        for count in 0..<1_000_000 where ledger.note(entry(session: "\(count % 7)"), now: start) != nil {
            Issue.record("told twice")
        }
        #expect(ledger.takeRepeats(now: start.advanced(by: .seconds(59))).isEmpty)
        let told = ledger.takeRepeats(now: start.advanced(by: .seconds(60)))
        #expect(told.map(\.occurrences) == [1_000_000])
        #expect(told.first?.sessionID == nil)
        #expect(told.first?.ipAddress == "192.0.2.1")
        #expect(ledger.isEmpty)
    }

    @Test("one that stays alone is told once, and the next window begins anew")
    func alone() {
        var ledger = ledger()
        #expect(ledger.note(entry(), now: start) != nil)
        let later = start.advanced(by: .seconds(60))
        #expect(ledger.takeRepeats(now: later).isEmpty)
        #expect(ledger.note(entry(), now: later) != nil)
    }

    @Test("addresses, reasons and people are told apart")
    func kinds() {
        var ledger = ledger()
        var other = entry()
        other.actor = .user(UserID(high: 0, low: 1), .admin)
        for entry in [entry(), entry("192.0.2.2"), entry("192.0.2.1", "TOKEN_EXPIRED"), other] {
            #expect(ledger.note(entry, now: start) != nil)
        }
    }

    @Test("an attack from more addresses than there is room for takes a row more, not one each")
    func bounded() {
        var ledger = ledger(8)
        var rows = (0..<10_000).compactMap { ledger.note(entry("192.0.2.\($0)"), now: start) }
        #expect(rows.count == 9)
        #expect(rows.last?.ipAddress == nil)
        rows += ledger.takeRepeats(now: start.advanced(by: .seconds(60)))
        #expect(rows.reduce(0) { $0 + $1.occurrences } == 10_000)
        #expect(rows.count == 10)
    }

    @Test("a row that could not be written is counted again")
    func restored() {
        var ledger = ledger()
        guard let row = ledger.note(entry(), now: start) else {
            Issue.record("not told")
            return
        }
        ledger.restore(row, now: start)
        #expect(ledger.takeRepeats(now: start, isLast: true).map(\.occurrences) == [1])
        #expect(ledger.takeRepeats(now: start, isLast: true).isEmpty)
    }
}
