import Clinic
import Store
import Wire

/// The query of `GET /api/v1/alerts`: `status` and `urgencyLevel` (lists or repeated), `assignedTo`, `review`, `limit`,
/// `cursor`.
struct AlertQuery {
    private static let active: Set<AlertStatus> = [.pending, .delivered, .escalated, .acknowledged]

    let filter: AlertStore.Filter
    let cursor: AlertStore.Cursor?
    let limit: Int

    /// Without `status` the list holds what is not closed.
    init(_ query: URLEncodedForm) throws(Problem) {
        let reader = try QueryReader(
            query, allowing: ["status", "urgencyLevel", "assignedTo", "review", "limit", "cursor"])
        let statuses: Set<AlertStatus>? = try reader.choices("status")
        let doctor: UserID? = try reader.single("assignedTo", "a UUID") { UserID($0) }
        var filter = AlertStore.Filter(
            statuses: statuses ?? Self.active, urgencies: try reader.choices("urgencyLevel"), assignedTo: doctor)
        filter.isForReview =
            try reader.single("review", "true or false") { ["true": true, "false": false][$0] } ?? false
        self.filter = filter
        let place: PageCursor<Subject.Alert>? = try reader.cursor()
        cursor = place.map { AlertStore.Cursor(createdAt: $0.time, id: $0.id) }
        limit = try reader.limit(upTo: AlertStore.maximumPage)
    }

    /// The cursor as it stands in `next`.
    static func text(_ cursor: AlertStore.Cursor) -> String { PageCursor(time: cursor.createdAt, id: cursor.id).text }
}
