import Testing

@testable import Clinic

@Suite("Rules of a policy")
struct PolicyRulesTests {
    private static let id = PolicyID(high: 1, low: 2)

    private struct Fault {
        let field: String
        let make: @Sendable (inout EscalationPolicy) -> Void
    }

    private static let faults: [Fault] = [
        Fault(field: "timezone") { $0.timezone = "Mars; DROP TABLE" },
        Fault(field: "urgencies.LOW.channels") { $0.urgencies.low.channels = [] },
        Fault(field: "urgencies.CRITICAL.channels") { $0.urgencies.critical.channels = [.screen] },
        Fault(field: "urgencies.CRITICAL.quietHours") { $0.urgencies.critical.quietHours = .deferUntilEnd },
        Fault(field: "urgencies.CRITICAL.bundleSeconds") { $0.urgencies.critical.bundle = .seconds(60) },
        Fault(field: "urgencies.URGENT.then") { $0.urgencies.urgent.then = [.voice] },
        Fault(field: "urgencies.URGENT.receiptTimeoutSeconds") { $0.urgencies.urgent.receiptTimeout = .zero },
        Fault(field: "urgencies.URGENT.smsValiditySeconds") { $0.urgencies.urgent.smsValidity = .seconds(4) },
        Fault(field: "afterAccept.remindSeconds.URGENT") { $0.afterAccept.remind.urgent = .seconds(-1) },
        Fault(field: "afterAccept.unacceptSeconds.URGENT") { $0.afterAccept.unaccept.urgent = .zero },
        Fault(field: "dedup.key") { $0.dedup.key = [] },
        Fault(field: "inhibit[0].mute") { $0.inhibit[0].mute = [.critical] },
        Fault(field: "inhibit[0].same") { $0.inhibit[0].same = [] },
        Fault(field: "storm.perUser.count") { $0.storm.perUser.count = 0 },
        Fault(field: "phoneLimits.sms[1].windowSeconds") {
            $0.phoneLimits.sms = [Rate(count: 1, window: .seconds(1)), Rate(count: 1, window: .zero)]
        },
        Fault(field: "phoneLimits.exempt") { $0.phoneLimits.exempt = [.urgent] },
        Fault(field: "phoneLimits.hardCapPerHour") { $0.phoneLimits.hardCapPerHour = 29 },
        Fault(field: "gateways.maxAttempts") { $0.gateways.maxAttempts = 21 },
        Fault(field: "gateways.backoffSeconds") { $0.gateways.backoff = [] },
        Fault(field: "gateways.jitter") { $0.gateways.jitter = 1.5 },
        Fault(field: "snooze.maxSeconds.LOW") { $0.snooze.max.low = .seconds(604_801) },
        Fault(field: "stale.autoCloseSeconds") { $0.stale.autoClose = .seconds(1) },
        Fault(field: "reopenSeconds") { $0.reopen = .seconds(-1) },
        Fault(field: "maintenance.suppress") { $0.maintenance.suppress = [.urgent] },
        Fault(field: "maintenance.maxSeconds") { $0.maintenance.max = .zero },
        Fault(field: "heartbeats[0].targets") {
            $0.heartbeats = [
                HeartbeatRule(source: "ocr", every: .seconds(60), grace: .zero, urgency: .low, targets: [])
            ]
        },
        Fault(field: "heartbeats[0].everySeconds") {
            $0.heartbeats = [
                HeartbeatRule(
                    source: "ocr", every: .seconds(4), grace: .zero, urgency: .low, targets: [.role(.admin)])
            ]
        },
        Fault(field: "heartbeats[1].source") {
            let rule = HeartbeatRule(
                source: "ocr", every: .seconds(60), grace: .zero, urgency: .low, targets: [.role(.admin)])
            $0.heartbeats = [rule, rule]
        },
    ]

    @Test("what is wrong is named by its path, and nothing else is", arguments: faults.indices)
    func named(_ index: Int) {
        var policy = EscalationPolicy.standard(id: Self.id)
        Self.faults[index].make(&policy)
        #expect(policy.problems().map(\.field) == [Self.faults[index].field])
        #expect(policy.problems().allSatisfy { !$0.complaint.isEmpty })
    }
}
