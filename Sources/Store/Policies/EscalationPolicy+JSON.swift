package import Clinic
package import Wire

extension EscalationPolicy {
    /// Writes the policy's document: its properties under their names, without id and version, which are columns.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.field("steps", array: { json in for step in steps { step.write(to: &json) } })
            json.field(
                "loops",
                object: { json in
                    for urgency in UrgencyLevel.allCases { json.field(urgency.rawValue, loops[urgency]) }
                })
            json.field("receiptTimeoutSeconds", object: { json in receiptTimeout.write(to: &json) })
            json.field("exhaustedTargets", array: { json in exhaustedTargets.write(to: &json) })
            json.field("exhaustedRepeatSeconds", exhaustedRepeat.components.seconds)
        }
    }

    /// Reads a document as `write` makes it. Types only: what the numbers may be is `problems()`'s to say.
    package init(id: PolicyID, version: Int, document: JSONObject) throws(JSONFieldError) {
        var steps: [EscalationStep] = []
        for step in try document.objects("steps", maxCount: Self.maximumSteps) {
            steps.append(try EscalationStep(step))
        }
        let counts = try document.object("loops")
        var loops = PerUrgency(all: 0)
        for urgency in UrgencyLevel.allCases {
            loops[urgency] = Int(try counts.integer(urgency.rawValue, in: -1...1_000_000))
        }
        self.init(
            id: id, version: version, name: try document.string("name", maxLength: 100), steps: steps, loops: loops,
            receiptTimeout: try PerUrgency(try document.object("receiptTimeoutSeconds")),
            exhaustedTargets: try [EscalationTarget](document, "exhaustedTargets"),
            exhaustedRepeat: .seconds(try document.integer("exhaustedRepeatSeconds", in: 0...1_000_000_000)))
    }
}

extension EscalationStep {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("targets", array: { json in targets.write(to: &json) })
            json.field("waitSeconds", object: { json in wait.write(to: &json) })
        }
    }

    fileprivate init(_ object: JSONObject) throws(JSONFieldError) {
        self.init(
            targets: try [EscalationTarget](object, "targets"),
            wait: try PerUrgency(try object.object("waitSeconds")))
    }
}

extension PerUrgency<Duration?> {
    fileprivate func write(to json: inout JSONWriter) {
        for urgency in UrgencyLevel.allCases { json.field(urgency.rawValue, self[urgency]?.components.seconds) }
    }

    fileprivate init(_ object: JSONObject) throws(JSONFieldError) {
        self.init(all: nil)
        for urgency in UrgencyLevel.allCases {
            self[urgency] = try object.optionalInteger(urgency.rawValue, in: 0...1_000_000_000).map { .seconds($0) }
        }
    }
}

extension [EscalationTarget] {
    fileprivate func write(to json: inout JSONWriter) {
        for target in self {
            json.object { json in
                json.field("kind", target.kind)
                if case .role(let role) = target { json.field("role", role.rawValue) }
            }
        }
    }

    fileprivate init(_ object: JSONObject, _ name: String) throws(JSONFieldError) {
        self = []
        for element in try object.objects(name, maxCount: EscalationPolicy.maximumTargets) {
            let role: Role? = try element.optionalChoice("role")
            guard let target = EscalationTarget(kind: try element.string("kind"), role: role) else {
                throw JSONFieldError(
                    field: element.path(of: "kind"),
                    expected: "ASSIGNED_DOCTOR, BACKUP_OF_ASSIGNED, or ROLE with a role",
                    actual: "another target")
            }
            append(target)
        }
    }
}
