/// One thing wrong with a policy: the field, by its JSON path, what is there, and what is allowed.
package struct PolicyProblem: Equatable, Sendable {
    /// For example `steps[1].waitSeconds.CRITICAL`.
    package let field: String
    /// For example `is 0 s; allowed are 1 s to 604800 s`.
    package let complaint: String
}

extension EscalationPolicy {
    /// The most steps that a policy may have.
    package static let maximumSteps = 20
    /// The most times that a policy may be gone through again, if not without end.
    package static let maximumLoops = 100
    /// The waits that a policy may ask for: one second to seven days.
    package static let allowedWaits = Duration.seconds(1)...Duration.seconds(604_800)
    /// The most targets that one step may have.
    package static let maximumTargets = 10
    /// The most rules of one kind.
    package static let maximumRules = 50

    /// Everything that is wrong, in the order of the fields; empty for a policy that may be used.
    package func problems() -> [PolicyProblem] {
        var problems: [PolicyProblem] = []
        if version < 1 {
            problems.append(PolicyProblem(field: "version", complaint: "is \(version); allowed are 1 and above"))
        }
        if name.isEmpty || name.utf8.count > 100 {
            problems.append(PolicyProblem(field: "name", complaint: "must have 1 to 100 bytes"))
        }
        if !(1...Self.maximumSteps).contains(steps.count) {
            let complaint = "has \(steps.count) steps; allowed are 1 to \(Self.maximumSteps)"
            problems.append(PolicyProblem(field: "steps", complaint: complaint))
        }
        for (index, step) in steps.enumerated() {
            problems += Self.problems(of: step, at: "steps[\(index)]")
        }
        for urgency in UrgencyLevel.allCases {
            problems += self.problems(of: urgency)
        }
        problems += Self.problems(of: onExhausted.targets, at: "onExhausted.targets", mayBeEmpty: true)
        problems += Self.problems(of: onExhausted.repeatEvery, at: "onExhausted.repeatEverySeconds")
        problems += problemsOfRules()
        return problems
    }

    private static func problems(of step: EscalationStep, at path: String) -> [PolicyProblem] {
        var problems = problems(of: step.targets, at: "\(path).targets", mayBeEmpty: false)
        for urgency in UrgencyLevel.allCases {
            problems += Self.problems(of: step.wait[urgency], at: "\(path).waitSeconds.\(urgency.rawValue)")
        }
        return problems
    }

    private static func problems(
        of targets: [EscalationTarget], at path: String, mayBeEmpty: Bool
    ) -> [PolicyProblem] {
        var problems: [PolicyProblem] = []
        if targets.count > maximumTargets || (targets.isEmpty && !mayBeEmpty) {
            let complaint = "has \(targets.count) targets; allowed are \(mayBeEmpty ? 0 : 1) to \(maximumTargets)"
            problems.append(PolicyProblem(field: path, complaint: complaint))
        }
        for (index, target) in targets.enumerated() where targets[..<index].contains(target) {
            problems.append(PolicyProblem(field: "\(path)[\(index)]", complaint: "stands there twice"))
        }
        return problems
    }

    private static func problems(of wait: Duration?, at path: String) -> [PolicyProblem] {
        guard let wait, !allowedWaits.contains(wait) else { return [] }
        let range = "\(allowedWaits.lowerBound.components.seconds) s to \(allowedWaits.upperBound.components.seconds) s"
        return [PolicyProblem(field: path, complaint: "is \(wait.components.seconds) s; allowed are \(range)")]
    }

    private func problems(of urgency: UrgencyLevel) -> [PolicyProblem] {
        var problems: [PolicyProblem] = []
        let loops = loops[urgency]
        let takesNoStep = steps.allSatisfy { $0.wait[urgency] == nil }
        let loopsField = "loops.\(urgency.rawValue)"
        if !(-1...Self.maximumLoops).contains(loops) {
            let complaint = "is \(loops); allowed are -1 (without end) and 0 to \(Self.maximumLoops)"
            problems.append(PolicyProblem(field: loopsField, complaint: complaint))
        } else if loops == -1, takesNoStep {
            let complaint = "is -1 (without end), which needs a step that waits for \(urgency.rawValue)"
            problems.append(PolicyProblem(field: loopsField, complaint: complaint))
        }
        if takesNoStep, !steps.isEmpty {
            let complaint = "no step waits for \(urgency.rawValue), so such an alert would page nobody"
            problems.append(PolicyProblem(field: "steps", complaint: complaint))
        }
        return problems
    }
}
