import Clinic
import Wire

// What the sections of a policy are made of: targets, durations in whole seconds, lists of names.

extension EscalationTarget {
    func write(to json: inout JSONWriter) {
        json.field("kind", kind)
        switch self {
        case .assignedDoctor, .backupOfAssigned: break
        case .schedule(let schedule): json.field("schedule", schedule.description)
        case .role(let role): json.field("role", role.rawValue)
        }
    }

    init(_ object: JSONObject) throws(JSONFieldError) {
        let target = EscalationTarget(
            kind: try object.string("kind"), role: try object.optionalChoice("role"),
            schedule: try object.optionalParsed("schedule", as: "a UUID") { ScheduleID($0) })
        guard let target else {
            throw JSONFieldError(
                field: object.path(of: "kind"),
                expected: "ASSIGNED_DOCTOR, BACKUP_OF_ASSIGNED, SCHEDULE with a schedule, or ROLE with a role",
                actual: "another target")
        }
        self = target
    }
}

extension [EscalationTarget] {
    func write(to json: inout JSONWriter) {
        for target in self { json.object { json in target.write(to: &json) } }
    }

    init(_ object: JSONObject, _ name: String) throws(JSONFieldError) {
        self = []
        for element in try object.objects(name, maxCount: EscalationPolicy.maximumTargets) {
            append(try EscalationTarget(element))
        }
    }
}

extension PerUrgency<Duration?> {
    func write(to json: inout JSONWriter) {
        for urgency in UrgencyLevel.allCases { json.seconds(urgency.rawValue, self[urgency]) }
    }

    /// An urgency that is left out has no time.
    init(_ object: JSONObject) throws(JSONFieldError) {
        self.init(all: nil)
        for urgency in UrgencyLevel.allCases { self[urgency] = try object.duration(urgency.rawValue, or: nil) }
    }
}

extension JSONWriter {
    mutating func seconds(_ name: String, _ duration: Duration?) { field(name, duration?.components.seconds) }

    mutating func names<Name: RawRepresentable<String>>(_ name: String, _ values: [Name]) {
        field(name, array: { json in for value in values { json.string(value.rawValue) } })
    }
}

extension JSONObject {
    private static let seconds: ClosedRange<Int64> = 0...1_000_000_000

    func duration(_ name: String) throws(JSONFieldError) -> Duration { .seconds(try integer(name, in: Self.seconds)) }

    /// `standard` where the field is left out; nil where it is null.
    func duration(_ name: String, or standard: Duration?) throws(JSONFieldError) -> Duration? {
        guard self[name] != nil else { return standard }
        return try optionalInteger(name, in: Self.seconds).map { .seconds($0) }
    }

    /// A list of the names of a closed set, each once; nil where the field is left out or null.
    func optionalNames<Name: RawRepresentable<String> & CaseIterable & Equatable>(
        _ name: String, of type: Name.Type = Name.self
    ) throws(JSONFieldError) -> [Name]? {
        guard let values = try optionalArray(name, maxCount: type.allCases.count) else { return nil }
        var names: [Name] = []
        for (index, value) in values.enumerated() {
            guard case .string(let text) = value, let known = Name(rawValue: text), !names.contains(known) else {
                throw JSONFieldError(
                    field: path(of: "\(name)[\(index)]"),
                    expected: "one of " + type.allCases.map(\.rawValue).joined(separator: ", ") + ", each once",
                    actual: value.typeName)
            }
            names.append(known)
        }
        return names
    }
}
