import Clinic
import Escalation

/// Bugs that are planted in the simulated shells or database, to see that the observer finds them.
package enum Plant: String, CaseIterable, Sendable {
    /// A claim does not look whether its message's generation is over.
    case skipFence = "skip-fence"
    /// A callback whose attempt is not known yet is answered with success and not kept.
    case dropEarlyCallback = "drop-early-callback"
    /// A hub takes no timer that came due before its own start.
    case forgetTimer = "forget-timer"
}

/// The world of one seed: how many hubs, which policies, what goes wrong and how often.
package struct Scenario: Sendable {
    let hubs: Int
    let gateways: Int
    let hasPush: Bool
    let policies: [EscalationPolicy]
    let numberLimits: NumberLimits
    /// From one alert to the next, on the average.
    let alertEvery: Duration
    /// Of a million commits, those that fail or lose their answer.
    var failurePerMillion: Int
    /// Of a million steps of a transaction, those at which the hub dies.
    var crashPerMillion: Int
    let restartMilliseconds: ClosedRange<Int>
    let lostCallbackPerMillion: Int
    /// Of the times between faults of the world, the average; nil for none.
    var faultEvery: Duration?

    static let schedule = ScheduleID(high: 0, low: 1)
    static let doctor = UserID(high: 0, low: 1)
    static let backup = UserID(high: 0, low: 2)
    static let admins = [UserID(high: 0, low: 3), UserID(high: 0, low: 4)]
    static let onCall = UserID(high: 0, low: 5)
    static let doctors = [doctor, backup, onCall]
    static let everybody = doctors + admins

    init(_ draw: inout SplitMix, alertsPerHour: Int) {
        hubs = draw.number(1...3)
        gateways = draw.number(1...2)
        hasPush = draw.happens(500_000)
        policies = (0..<3).map { Self.policy(UInt64($0 + 1), &draw) }
        numberLimits =
            draw.happens(500_000)
            ? NumberLimits([])
            : NumberLimits([
                .init(count: 1, window: .seconds(15)), .init(count: 8, window: .seconds(900)),
                .init(count: 30, window: .seconds(10_800)),
            ])
        alertEvery = .seconds(3_600 / max(1, alertsPerHour))
        failurePerMillion = draw.pick([0, 2_000, 20_000])
        crashPerMillion = draw.pick([0, 500, 5_000])
        restartMilliseconds = draw.pick([200...2_000, 1_000...30_000])
        lostCallbackPerMillion = draw.pick([0, 50_000, 300_000])
        faultEvery = draw.pick([nil, .seconds(120), .seconds(600), .seconds(1_800)])
    }

    // MARK: Policies

    private static func policy(_ id: UInt64, _ draw: inout SplitMix) -> EscalationPolicy {
        let id = PolicyID(high: 0, low: id)
        switch draw.number(0...4) {
        case 0: return .standard(id: id)
        case 1: return .demo(id: id)
        default: return drawn(id, &draw)
        }
    }

    /// Any policy that a clinic may save: `problems()` finds nothing.
    private static func drawn(_ id: PolicyID, _ draw: inout SplitMix) -> EscalationPolicy {
        let targets: [EscalationTarget] = [.assignedDoctor, .backupOfAssigned, .schedule(schedule), .role(.admin)]
        let steps = (0..<draw.number(1...4)).map { number in
            let count = draw.number(1...2)
            var chosen: [EscalationTarget] = number == 0 && draw.happens(600_000) ? [.assignedDoctor] : []
            while chosen.count < count {
                let target = draw.pick(targets)
                if !chosen.contains(target) { chosen.append(target) }
            }
            let wait: Duration = .seconds(draw.pick([15, 45, 120, 300]))
            let isForAll = draw.happens(700_000)
            var step = EscalationStep(
                targets: chosen,
                wait: PerUrgency(low: isForAll ? wait : nil, moderate: wait, urgent: wait, critical: wait))
            step.skipIfEmpty = draw.happens(800_000)
            step.userRules = draw.pick(EscalationStep.UserRules.allCases)
            return step
        }
        let loops = PerUrgency(
            low: 0, moderate: draw.number(0...1), urgent: draw.number(0...3), critical: draw.pick([-1, 0, 2]))
        var policy = EscalationPolicy(id: id, version: 1, name: "drawn", steps: steps, loops: loops)
        for urgency in UrgencyLevel.allCases {
            policy.urgencies[urgency].receiptTimeout = draw.pick([nil, .seconds(10), .seconds(30)])
            policy.urgencies[urgency].repeatStep = draw.pick([nil, nil, .seconds(20), .seconds(60)])
            policy.urgencies[urgency].ambiguousSend = draw.pick(UrgencyRules.AmbiguousSend.allCases)
            policy.urgencies[urgency].smsValidity = draw.pick([nil, nil, .seconds(60)])
        }
        policy.urgencies.urgent.then = draw.happens(500_000) ? [.sms] : []
        policy.urgencies.urgent.thenAfter = policy.urgencies.urgent.then.isEmpty ? nil : .seconds(20)
        if !policy.urgencies.urgent.then.isEmpty { policy.urgencies.urgent.channels = [.screen, .push] }
        policy.advanceNowOn = Set(AdvanceTrigger.allCases.sorted().filter { _ in draw.happens(800_000) })
        policy.afterAccept.remind = PerUrgency(all: draw.pick([nil, .seconds(120), .seconds(600)]))
        policy.afterAccept.unaccept = PerUrgency(all: draw.pick([nil, .seconds(300), .seconds(1_200)]))
        policy.afterAccept.resume = draw.pick(AfterAcceptRules.Resume.allCases)
        policy.afterAccept.handoffAllowed = draw.happens(800_000)
        policy.onExhausted.repeatEvery = .seconds(draw.pick([30, 60, 300]))
        policy.reopen = .seconds(draw.pick([60, 3_600]))
        return policy
    }

    // MARK: People

    /// The clinic's staff, with one to three contacts each.
    func people(_ draw: inout SplitMix) -> [PersonRow] {
        var contact: UInt64 = 0
        return Self.everybody.map { user in
            var contacts: [ReachContact] = []
            func add(_ kind: ContactKind, _ isVerified: Bool = true) {
                contact += 1
                contacts.append(
                    ReachContact(
                        id: ContactID(high: 0, low: contact), kind: kind, isVerified: isVerified, isOptedOut: false))
            }
            if !draw.happens(30_000) { add(.sms, !draw.happens(30_000)) }
            if hasPush, draw.happens(500_000) { add(.push) }
            if draw.happens(100_000) { add(.sms) }
            var profile = ReachProfile(contacts: contacts)
            if draw.happens(200_000), contacts.count > 1 {
                let rules = contacts.enumerated().map {
                    NotificationRule(contact: $0.element.id, after: .seconds($0.offset * 20))
                }
                profile.rules = PerUrgency(all: rules)
            }
            if draw.happens(300_000), let from = ClockTime("22:00"), let to = ClockTime("07:00") {
                let night = WeeklyWindow(days: Set(Weekday.allCases), from: from, to: to)
                profile.quietHours = QuietHours(zone: "UTC", windows: [night])
            }
            return PersonRow(
                user: user, role: Self.admins.contains(user) ? .admin : .doctor, profile: profile,
                isBackupOf: user == Self.backup ? Self.doctor : nil)
        }
    }
}
