extension EscalationPolicy {
    /// What is wrong with the sections beside the steps.
    func problemsOfRules() -> [PolicyProblem] {
        var check = RuleCheck()
        check.require(Self.isZoneName(timezone), "timezone", "must be an IANA name such as America/Chicago")
        for urgency in UrgencyLevel.allCases { check.add(urgencies[urgency], of: urgency) }
        for urgency in UrgencyLevel.allCases {
            check.wait(afterAccept.remind[urgency], "afterAccept.remindSeconds.\(urgency.rawValue)")
            check.wait(afterAccept.unaccept[urgency], "afterAccept.unacceptSeconds.\(urgency.rawValue)")
            check.wait(snooze.max[urgency], "snooze.maxSeconds.\(urgency.rawValue)")
        }
        check.addFloods(of: self)
        check.addOperation(of: self)
        return check.problems
    }

    private static func isZoneName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                    UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}

/// The problems found so far, each with its field.
private struct RuleCheck {
    var problems: [PolicyProblem] = []

    mutating func require(_ holds: Bool, _ field: String, _ complaint: String) {
        if !holds { problems.append(PolicyProblem(field: field, complaint: complaint)) }
    }

    mutating func wait(
        _ wait: Duration?, _ field: String, _ range: ClosedRange<Int64> = 1...604_800
    ) {
        guard let seconds = wait?.components.seconds else { return }
        let allowed = "\(range.lowerBound) s to \(range.upperBound) s"
        require(range.contains(seconds), field, "is \(seconds) s; allowed are \(allowed)")
    }

    mutating func number(_ number: Int, _ field: String, _ range: ClosedRange<Int>) {
        let complaint = "is \(number); allowed are \(range.lowerBound) to \(range.upperBound)"
        require(range.contains(number), field, complaint)
    }

    mutating func add(_ rules: UrgencyRules, of urgency: UrgencyLevel) {
        let path = "urgencies.\(urgency.rawValue)"
        require(!rules.channels.isEmpty, "\(path).channels", "is empty; at least one channel is needed")
        require(
            rules.then.isEmpty == (rules.thenAfter == nil), "\(path).then",
            "and thenAfterSeconds stand together or not at all")
        wait(rules.thenAfter, "\(path).thenAfterSeconds")
        wait(rules.maxDefer, "\(path).maxDeferSeconds")
        wait(rules.bundle, "\(path).bundleSeconds", 1...86_400)
        wait(rules.receiptTimeout, "\(path).receiptTimeoutSeconds")
        wait(rules.smsValidity, "\(path).smsValiditySeconds", 5...36_000)
        wait(rules.repeatStep, "\(path).repeatStepSeconds")
        guard urgency == .critical else { return }
        require(
            rules.channels.contains { $0 != .screen }, "\(path).channels",
            "has screens alone; CRITICAL needs a way to the person")
        require(rules.quietHours == .ignore, "\(path).quietHours", "must be IGNORE: CRITICAL is never put off")
        require(rules.bundle == nil, "\(path).bundleSeconds", "must be null: CRITICAL is never bundled")
    }

    mutating func addFloods(of policy: EscalationPolicy) {
        require(!policy.dedup.key.isEmpty, "dedup.key", "is empty; at least one field is needed")
        wait(policy.dedup.window, "dedup.windowSeconds")
        require(policy.inhibit.count <= EscalationPolicy.maximumRules, "inhibit", "has more than 50 rules")
        for (index, rule) in policy.inhibit.enumerated() {
            let path = "inhibit[\(index)]"
            require(!rule.same.isEmpty, "\(path).same", "is empty; at least one field is needed")
            require(
                rule.mute.allSatisfy { $0 < rule.when && $0 != .critical }, "\(path).mute",
                "may hold only urgencies below \(rule.when.rawValue)")
        }
        rate(policy.storm.perUser, "storm.perUser")
        rate(policy.storm.perClinic, "storm.perClinic")
        for (index, limit) in policy.phoneLimits.sms.enumerated() { rate(limit, "phoneLimits.sms[\(index)]") }
        require(policy.phoneLimits.exempt.contains(.critical), "phoneLimits.exempt", "must hold CRITICAL")
        // It holds for CRITICAL too, so it must never be what silences a number on a busy day.
        if let cap = policy.phoneLimits.hardCapPerHour { number(cap, "phoneLimits.hardCapPerHour", 30...1_000) }
    }

    private mutating func rate(_ rate: Rate, _ path: String) {
        number(rate.count, "\(path).count", 1...10_000)
        wait(rate.window, "\(path).windowSeconds", 1...86_400)
    }

    mutating func addOperation(of policy: EscalationPolicy) {
        if let attempts = policy.gateways.maxAttempts { number(attempts, "gateways.maxAttempts", 1...20) }
        if let backoff = policy.gateways.backoff {
            require((1...20).contains(backoff.count), "gateways.backoffSeconds", "must have 1 to 20 waits")
            for (index, pause) in backoff.enumerated() {
                wait(pause, "gateways.backoffSeconds[\(index)]", 0...3_600)
            }
        }
        if let jitter = policy.gateways.jitter {
            require((0...1).contains(jitter), "gateways.jitter", "must be 0 to 1")
        }
        wait(policy.stale.autoClose, "stale.autoCloseSeconds", 60...31_536_000)
        wait(policy.stale.reviewQueue, "stale.reviewQueueSeconds", 60...31_536_000)
        wait(policy.reopen, "reopenSeconds", 0...604_800)
        require(
            policy.maintenance.suppress.allSatisfy { $0 < .urgent }, "maintenance.suppress",
            "may hold only LOW and MODERATE")
        wait(policy.maintenance.max, "maintenance.maxSeconds", 60...86_400)
        for (index, rule) in policy.heartbeats.enumerated() {
            let path = "heartbeats[\(index)]"
            require((1...64).contains(rule.source.utf8.count), "\(path).source", "must have 1 to 64 bytes")
            let earlier = policy.heartbeats[..<index]
            require(!earlier.contains { $0.source == rule.source }, "\(path).source", "stands there twice")
            wait(rule.every, "\(path).everySeconds", 5...86_400)
            wait(rule.grace, "\(path).graceSeconds", 0...86_400)
            require(!rule.targets.isEmpty, "\(path).targets", "is empty; at least one target is needed")
        }
    }
}
