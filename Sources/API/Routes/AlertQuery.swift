import Clinic
import Cryptography
import Store
import Wire

/// The query of `GET /api/v1/alerts`: `status` and `urgencyLevel` (lists or repeated), `assignedTo`, `limit`, `cursor`.
struct AlertQuery {
    private static let parameters: Set<String> = ["status", "urgencyLevel", "assignedTo", "limit", "cursor"]
    private static let active: Set<AlertStatus> = [.pending, .delivered, .escalated, .acknowledged]

    let filter: AlertStore.Filter
    let cursor: AlertStore.Cursor?
    let limit: Int

    /// Without `status` the list holds what is not closed. What is not understood is refused, not ignored.
    init(_ query: URLEncodedForm) throws(Problem) {
        for pair in query.pairs where !Self.parameters.contains(pair.name) {
            let allowed = Self.parameters.sorted().joined(separator: ", ")
            throw Problem(.badRequest, "unknown-parameter", "The query takes \(allowed).", field: pair.name)
        }
        let statuses: Set<AlertStatus>? = try Self.choices("status", in: query)
        let urgencies: Set<UrgencyLevel>? = try Self.choices("urgencyLevel", in: query)
        let doctor: UserID? = try Self.single("assignedTo", in: query, "a UUID") { UserID($0) }
        filter = AlertStore.Filter(statuses: statuses ?? Self.active, urgencies: urgencies, assignedTo: doctor)
        cursor = try Self.single("cursor", in: query, "the next of the page before", Self.cursor)
        limit =
            try Self.single("limit", in: query, "1 to \(AlertStore.maximumPage)") { text in
                Int(text).flatMap { (1...AlertStore.maximumPage).contains($0) ? $0 : nil }
            } ?? 50
    }

    /// The cursor as it stands in `next`: opaque to clients.
    static func text(_ cursor: AlertStore.Cursor) -> String {
        Base64.encodeURL(Array("\(cursor.createdAt.microseconds):\(cursor.id)".utf8))
    }

    private static func cursor(_ text: String) -> AlertStore.Cursor? {
        guard text.utf8.count <= 128, let bytes = Base64.decodeURL(text) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = AlertID(parts[1]) else { return nil }
        // Beyond these years PostgreSQL has no timestamps.
        guard (0...253_402_300_799_000_000).contains(microseconds) else { return nil }
        return AlertStore.Cursor(createdAt: Timestamp(microseconds: microseconds), id: id)
    }

    private static func choices<Choice: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: String, in query: URLEncodedForm
    ) throws(Problem) -> Set<Choice>? {
        let values = query.all(name)
        guard !values.isEmpty else { return nil }
        var choices: Set<Choice> = []
        for word in values.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            guard let choice = Choice(rawValue: String(word)) else {
                throw invalid(name, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            choices.insert(choice)
        }
        return choices
    }

    private static func single<Value>(
        _ name: String, in query: URLEncodedForm, _ expected: String, _ parse: (String) -> Value?
    ) throws(Problem) -> Value? {
        let values = query.all(name)
        guard let text = values.first else { return nil }
        guard values.count == 1, let value = parse(text) else { throw invalid(name, expected) }
        return value
    }

    private static func invalid(_ name: String, _ expected: String) -> Problem {
        Problem(.badRequest, "invalid-parameter", "The parameter \(name) must be \(expected).", field: name)
    }
}
