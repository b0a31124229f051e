package import Clinic
import Database

/// Sealing the audit, and reading it.
extension AuditStore {
    /// Rows that one call seals at most: a sixth of a second of the database's time.
    package static let maximumSealed = 5_000
    /// Rows of one page.
    package static let maximumPage = 1_000

    private static let seal = Statement("seal_audit_logs", "SELECT seal_audit_logs($1) AS sealed")

    /// Gives waiting rows of all clinics their places in the chains; how many, at most `maximumSealed`.
    package func seal() async throws(StoreError) -> Int {
        let rows = try await pool.runAsEngine([Self.seal(.integer(Self.maximumSealed))])
        guard let row = rows[0].first else { return 0 }
        return try reading { () throws(DatabaseError) in try row.int("sealed") }
    }

    /// Which rows of a clinic are wanted; nil asks for any.
    package struct Filter: Sendable, Equatable {
        package var actions: [String]?
        package var actor: UserID?
        package var table: String?
        package var target: AlertID?
        package var session: String?
        /// From this time on.
        package var from: Timestamp?
        /// Before this time.
        package var to: Timestamp?

        package init() {}
    }

    /// The place behind a row, for the next page.
    package struct Place: Sendable, Equatable {
        package let loggedAt: Timestamp
        package let id: Int64

        package init(loggedAt: Timestamp, id: Int64) {
            self.loggedAt = loggedAt
            self.id = id
        }
    }

    package struct Page: Sendable, Equatable {
        package let records: [AuditRecord]
        /// Where the next page begins; nil at the end.
        package let next: Place?
    }

    private static let page = Statement(
        "read_audit_logs",
        """
        SELECT *, host(ip_address) AS address
        FROM read_audit_logs(
            $1, $2::text[], $3, $4, $5, $6, COALESCE($7::timestamptz, '-infinity'),
            COALESCE($8::timestamptz, 'infinity'), $9, $10, $11)
        """)

    /// A page of `clinic`'s audit, the newest first, of at most 1 to 1,000 rows. The database itself refuses it for a role
    /// that may not read it.
    ///
    /// - Parameter isAudited: false for the further pages of one reading: its first page has told of it.
    package func page(
        of clinic: ClinicID, _ filter: Filter, after place: Place?, limit: Int, isAudited: Bool = true,
        _ context: TenantContext
    ) async throws(StoreError) -> Page {
        let limit = min(max(limit, 1), Self.maximumPage)
        var calls = [
            Self.page(
                .id(clinic), filter.actions.map { .array($0) } ?? .null, .id(filter.actor), .text(filter.table),
                .id(filter.target), .text(filter.session), .time(filter.from), .time(filter.to),
                place.map { .time($0.loggedAt) } ?? "infinity", .integer(place?.id ?? .max), .integer(limit + 1))
        ]
        if isAudited { calls.append(context.audit(.auditRead, table: "audit_logs", clinic)) }
        let rows = try await pool.run(context, calls)
        return try reading { () throws(DatabaseError) in
            var records: [AuditRecord] = []
            for row in rows[0].prefix(limit) { records.append(try AuditRecord(row)) }
            let last = rows[0].count > limit ? records.last : nil
            return Page(records: records, next: last.map { Place(loggedAt: $0.loggedAt, id: $0.id) })
        }
    }
}
