/// One thing wrong with a schedule: the field, by its JSON path, and what is allowed there.
package struct ScheduleProblem: Equatable, Sendable {
    /// For example `layers[1].shift.count`.
    package let field: String
    /// For example `is 0; allowed are 1 to 8`.
    package let complaint: String
}

extension ScheduleDefinition {
    /// Everything that is wrong, in the order of the fields; empty for a definition that may be used.
    ///
    /// - Parameter isZone: whether a name is that of a zone with known rules.
    package func problems(isZone: (String) -> Bool) -> [ScheduleProblem] {
        var problems = Self.problems(ofName: name, at: "name")
        if !isZone(zone) {
            problems.append(ScheduleProblem(field: "zone", complaint: "must be an IANA zone such as Europe/Berlin"))
        }
        if !(1...Self.maximumLayers).contains(layers.count) {
            let complaint = "has \(layers.count) layers; allowed are 1 to \(Self.maximumLayers)"
            problems.append(ScheduleProblem(field: "layers", complaint: complaint))
        }
        for (index, layer) in layers.enumerated() { problems += layer.problems(at: "layers[\(index)]") }
        return problems
    }

    fileprivate static func problems(ofName name: String, at path: String) -> [ScheduleProblem] {
        guard !(1...maximumName).contains(name.utf8.count) else { return [] }
        return [ScheduleProblem(field: path, complaint: "must have 1 to \(maximumName) bytes")]
    }
}

extension DutyLayer {
    fileprivate func problems(at path: String) -> [ScheduleProblem] {
        var problems = ScheduleDefinition.problems(ofName: name, at: "\(path).name")
        func complain(_ field: String, _ complaint: String) {
            problems.append(ScheduleProblem(field: "\(path).\(field)", complaint: complaint))
        }
        if !(1...Self.maximumPeople).contains(people.count) {
            complain("people", "has \(people.count) people; allowed are 1 to \(Self.maximumPeople)")
        }
        if !(1...shift.unit.maximum).contains(shift.count) {
            complain("shift.count", "is \(shift.count); allowed are 1 to \(shift.unit.maximum)")
        }
        if let endsOn, endsOn <= startsOn { complain("endsOn", "is \(endsOn); allowed are days after \(startsOn)") }
        if windows.count > Self.maximumWindows {
            complain("windows", "has \(windows.count) windows; allowed are 0 to \(Self.maximumWindows)")
        }
        for (index, window) in windows.enumerated() where window.days.isEmpty {
            complain("windows[\(index)].days", "must name at least one day")
        }
        return problems
    }
}
