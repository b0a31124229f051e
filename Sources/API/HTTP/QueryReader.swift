import Clinic
import Cryptography
import Wire

/// The query of a request, read strictly: what is not understood is refused with its name, not passed over.
struct QueryReader {
    private let query: URLEncodedForm

    /// Throws 400 for a parameter that is none of `names`.
    init(_ query: URLEncodedForm, allowing names: Set<String>) throws(Problem) {
        for pair in query.pairs where !names.contains(pair.name) {
            let allowed = names.sorted().joined(separator: ", ")
            throw Problem(.badRequest, "unknown-parameter", "The query takes \(allowed).", field: pair.name)
        }
        self.query = query
    }

    /// A parameter that stands at most once; nil where it is left out.
    func single<Value>(_ name: String, _ expected: String, _ parse: (String) -> Value?) throws(Problem) -> Value? {
        let values = query.all(name)
        guard let text = values.first else { return nil }
        guard values.count == 1, let value = parse(text) else { throw Self.invalid(name, expected) }
        return value
    }

    /// A set of words, as a list with commas or by repetition; nil where it is left out.
    func choices<Choice: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: String
    ) throws(Problem) -> Set<Choice>? {
        let values = query.all(name)
        guard !values.isEmpty else { return nil }
        var choices: Set<Choice> = []
        for word in values.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            guard let choice = Choice(rawValue: String(word)) else {
                throw Self.invalid(name, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            choices.insert(choice)
        }
        return choices
    }

    /// `limit`: how many rows a page has at most; 50 where it is left out.
    func limit(upTo maximum: Int) throws(Problem) -> Int {
        try single("limit", "1 to \(maximum)") { text in
            Int(text).flatMap { (1...maximum).contains($0) ? $0 : nil }
        } ?? min(50, maximum)
    }

    /// `cursor`: the place behind the last row of the page before, as `PageCursor` wrote it.
    func cursor<Subject>() throws(Problem) -> PageCursor<Subject>? {
        try single("cursor", "the next of the page before") { PageCursor($0) }
    }

    private static func invalid(_ name: String, _ expected: String) -> Problem {
        Problem(.badRequest, "invalid-parameter", "The parameter \(name) must be \(expected).", field: name)
    }
}

/// A place in a list that is ordered by time and id; its text is opaque to clients.
struct PageCursor<Subject> {
    let time: Timestamp
    let id: Identifier<Subject>

    init(time: Timestamp, id: Identifier<Subject>) {
        self.time = time
        self.id = id
    }

    init?(_ text: String) {
        guard text.utf8.count <= 128, let bytes = Base64.decodeURL(text) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = Identifier<Subject>(parts[1]) else {
            return nil
        }
        // Beyond these years PostgreSQL has no timestamps.
        guard (0...253_402_300_799_000_000).contains(microseconds) else { return nil }
        self.init(time: Timestamp(microseconds: microseconds), id: id)
    }

    var text: String { Base64.encodeURL(Array("\(time.microseconds):\(id)".utf8)) }
}
