import Clinic
import Wire

/// The query of operations that look at a schedule's time: `from` and `to`, RFC 3339, at most 31 days.
struct TimeRangeQuery {
    private static let longest = Duration.seconds(31 * 86_400)

    let from: Timestamp?
    let to: Timestamp?

    /// What is not understood is refused, not ignored.
    init(_ query: URLEncodedForm) throws(Problem) {
        for pair in query.pairs where pair.name != "from" && pair.name != "to" {
            throw Problem(.badRequest, "unknown-parameter", "The query takes from and to.", field: pair.name)
        }
        from = try Self.time("from", in: query)
        to = try Self.time("to", in: query)
    }

    /// The time asked for: from `now` where nothing else is said, for `length`.
    func range(now: Timestamp, length: Duration) throws(Problem) -> (from: Timestamp, to: Timestamp) {
        let from = from ?? now
        let to = to ?? from.advanced(by: length)
        guard from < to, to.duration(since: from) <= Self.longest else {
            throw Problem(
                .badRequest, "invalid-parameter", "The parameter to must be after from, and at most 31 days.",
                field: "to")
        }
        return (from, to)
    }

    private static func time(_ name: String, in query: URLEncodedForm) throws(Problem) -> Timestamp? {
        let values = query.all(name)
        guard let text = values.first else { return nil }
        guard values.count == 1, let time = Timestamp(rfc3339: text) else {
            throw Problem(
                .badRequest, "invalid-parameter",
                "The parameter \(name) must be a time of RFC 3339, such as 2026-11-20T10:15:30Z.", field: name)
        }
        return time
    }
}
