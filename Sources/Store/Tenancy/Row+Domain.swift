import Clinic
import Database

extension Row {
    /// A `uuid` as the domain's id.
    func id<Subject>(_ column: String) throws(DatabaseError) -> Identifier<Subject> {
        guard let id: Identifier<Subject> = try optionalID(column) else { throw .malformed(column) }
        return id
    }

    func optionalID<Subject>(_ column: String) throws(DatabaseError) -> Identifier<Subject>? {
        guard let text = try optionalUTF8(column) else { return nil }
        guard let id = Identifier<Subject>(utf8: text) else { throw .malformed(column) }
        return id
    }

    func time(_ column: String) throws(DatabaseError) -> Clinic.Timestamp {
        Clinic.Timestamp(microseconds: try timestamp(column))
    }

    func optionalTime(_ column: String) throws(DatabaseError) -> Clinic.Timestamp? {
        try optionalTimestamp(column).map { Clinic.Timestamp(microseconds: $0) }
    }

    /// A column whose values are the raw values of an enumeration.
    func choice<Value: RawRepresentable<String>>(_ column: String) throws(DatabaseError) -> Value {
        guard let value = Value(rawValue: try string(column)) else { throw .malformed(column) }
        return value
    }

    func optionalChoice<Value: RawRepresentable<String>>(_ column: String) throws(DatabaseError) -> Value? {
        guard let text = try optionalString(column) else { return nil }
        guard let value = Value(rawValue: text) else { throw .malformed(column) }
        return value
    }

    /// Whole microseconds.
    func optionalDuration(microseconds column: String) throws(DatabaseError) -> Duration? {
        try optionalInt64(column).map { .microseconds($0) }
    }
}

extension Parameter {
    static func id<Subject>(_ id: Identifier<Subject>) -> Parameter { .text(id.description) }
    static func id<Subject>(_ id: Identifier<Subject>?) -> Parameter { id.map { .text($0.description) } ?? .null }
    static func time(_ time: Clinic.Timestamp?) -> Parameter { .timestamp(microseconds: time?.microseconds) }
    static func microseconds(_ duration: Duration) -> Parameter { .integer(duration.saturatedMicroseconds) }
}
