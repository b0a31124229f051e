import Clinic
import Database
import Wire

/// Reads the columns in which the roster's statement gathers what belongs to one person or schedule.
enum RosterJSON {
    static func profile(_ row: Row) throws(DatabaseError) -> ReachProfile {
        var rules = PerUrgency<[NotificationRule]>(all: [])
        for fields in try arrays(row, "rules") {
            guard let word = fields[0]?.stringValue, let urgency = UrgencyLevel(rawValue: word),
                let contact = fields[1]?.stringValue.flatMap({ ContactID($0) }), let after = fields[2]?.integerValue
            else { throw .malformed("rules") }
            rules[urgency].append(NotificationRule(contact: contact, after: .seconds(after)))
        }
        var contacts: [ReachContact] = []
        for fields in try arrays(row, "contacts") {
            guard let id = fields[0]?.stringValue.flatMap({ ContactID($0) }),
                let kind = fields[1]?.stringValue.flatMap({ ContactKind(rawValue: $0) }),
                let isVerified = fields[2]?.boolValue, let isOptedOut = fields[3]?.boolValue
            else { throw .malformed("contacts") }
            contacts.append(ReachContact(id: id, kind: kind, isVerified: isVerified, isOptedOut: isOptedOut))
        }
        let quiet = try row.optionalString("zone") == nil ? nil : try QuietHours(row)
        return ReachProfile(contacts: contacts, rules: rules, quietHours: quiet)
    }

    static func schedule(
        _ row: Row
    ) throws(DatabaseError) -> (definition: ScheduleDefinition, overrides: [DutyOverride]) {
        var overrides: [DutyOverride] = []
        for fields in try arrays(row, "overrides") {
            guard let id = fields[0]?.stringValue.flatMap({ OverrideID($0) }),
                let person = fields[1]?.stringValue.flatMap({ UserID($0) }), let from = fields[2]?.integerValue,
                let to = fields[3]?.integerValue
            else { throw .malformed("overrides") }
            overrides.append(
                DutyOverride(
                    id: id, person: person, from: Timestamp(microseconds: from), to: Timestamp(microseconds: to)))
        }
        let bytes = try row.utf8("definition")
        do {
            return (try ScheduleDefinition(try JSONReader.readObject(bytes)), overrides)
        } catch {
            throw .malformed("definition")
        }
    }

    /// The elements of an array of arrays; none for a null.
    private static func arrays(_ row: Row, _ column: String) throws(DatabaseError) -> [JSONValue] {
        guard let bytes = try row.optionalUTF8(column) else { return [] }
        guard case .array(let elements)? = try? JSONReader.read(bytes) else { throw .malformed(column) }
        return elements
    }
}
