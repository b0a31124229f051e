extension EscalationPolicy {
    /// The policy of a clinic that has not written its own.
    package static func standard(id: PolicyID) -> Self {
        Self(
            id: id, version: 1, name: "clinic-default",
            steps: [
                EscalationStep(
                    targets: [.assignedDoctor],
                    wait: PerUrgency(
                        low: .seconds(14_400), moderate: .seconds(1_800), urgent: .seconds(300),
                        critical: .seconds(120))),
                EscalationStep(
                    targets: [.backupOfAssigned],
                    wait: PerUrgency(
                        low: nil, moderate: .seconds(1_800), urgent: .seconds(300), critical: .seconds(120))),
                EscalationStep(
                    targets: [.role(.admin)],
                    wait: PerUrgency(low: nil, moderate: nil, urgent: .seconds(600), critical: .seconds(180))),
            ],
            loops: PerUrgency(low: 0, moderate: 1, urgent: 3, critical: -1))
    }

    /// The fast policy of demo mode and of drills: the backup after 15 s, the clinic's admins 60 s later.
    package static func demo(id: PolicyID) -> Self {
        var policy = Self(
            id: id, version: 1, name: "demo",
            steps: [
                EscalationStep(targets: [.assignedDoctor], wait: PerUrgency(all: .seconds(15))),
                EscalationStep(targets: [.backupOfAssigned], wait: PerUrgency(all: .seconds(60))),
                EscalationStep(targets: [.role(.admin)], wait: PerUrgency(all: .seconds(60))),
            ],
            loops: PerUrgency(all: 0))
        for urgency in UrgencyLevel.allCases {
            policy.urgencies[urgency].receiptTimeout = nil
            policy.urgencies[urgency].repeatStep = nil
        }
        policy.afterAccept.remind = PerUrgency(all: nil)
        policy.afterAccept.unaccept = PerUrgency(all: nil)
        policy.advanceNowOn.remove(.noLiveScreen)
        policy.onExhausted.repeatEvery = .seconds(60)
        return policy
    }
}
