package import Clinic
import Database
import HubProtocol

/// The open notices of the clinics. Loop-confined.
package struct NoticeStore {
    /// The most open notices of a clinic; more are not written, for by then nobody reads them one by one.
    package static let maximumOpen = 500

    let pool: Pool
    let vault: PHIVault

    private static let open = Statement(
        "open_notices",
        """
        SELECT id, kind, subject, user_id, contact_id, schedule_id, starts_at, ends_at, raised_at
        FROM operator_notices WHERE clinic_id = $1 AND cleared_at IS NULL ORDER BY raised_at, id LIMIT 1000
        """)

    private static let insert = Statement(
        "raise_notice",
        """
        INSERT INTO operator_notices (clinic_id, kind, subject, user_id, contact_id, schedule_id, starts_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (clinic_id, kind, subject) WHERE cleared_at IS NULL DO NOTHING
        """)

    private static let moveGap = Statement(
        "move_notice_gap",
        "UPDATE operator_notices SET starts_at = $3, ends_at = $4 WHERE clinic_id = $1 AND id = $2")

    private static let clear = Statement(
        "clear_notice",
        """
        UPDATE operator_notices SET cleared_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2 AND cleared_at IS NULL
        """)

    private static let clock = Statement("notice_clock", "SELECT clock_timestamp() AS now")

    /// The clinic's open notices, oldest first.
    package func openNotices(_ context: TenantContext) async throws(StoreError) -> [NoticeRecord] {
        let rows = try await pool.run(context, [Self.open(.id(context.clinic))])
        return try reading { () throws(DatabaseError) in
            var records: [NoticeRecord] = []
            for row in rows[0] { records.append(try NoticeRecord(row)) }
            return records
        }
    }

    /// Makes the open notices those that a check found: new ones are raised, those that it did not find are cleared, and
    /// each of both is an event of the clinic's channel. Nil where there was none. Of several hubs that check at once one
    /// writes.
    package func settle(
        _ found: [OperatorNotice], _ context: TenantContext
    ) async throws(StoreError) -> CommittedEvents? {
        let known = try await openNotices(context)
        let keys = Set(found.map(Key.init))
        let knownKeys = Set(known.map { Key($0.notice) })
        let fresh = found.filter { !knownKeys.contains(Key($0)) }.prefix(max(0, Self.maximumOpen - known.count))
        let stale = known.filter { !keys.contains(Key($0.notice)) }
        let moves = moves(of: known, to: found, context)
        guard !fresh.isEmpty || !stale.isEmpty || !moves.isEmpty else { return nil }
        return try await pool.interact(context) { transaction throws(StoreError) in
            let changes =
                fresh.map { Self.insertCall($0, context) }
                + stale.map { Self.clear(.id(context.clinic), .id($0.id)) }
            let results = try await transaction.execute([Self.clock()] + changes + moves)
            let now = try reading { () throws(DatabaseError) -> Clinic.Timestamp in
                guard let row = results[0].first else { throw .malformed("clock") }
                return try row.time("now")
            }
            let notices = fresh.map { ($0, false) } + stale.map { ($0.notice, true) }
            let events = zip(notices, results.dropFirst()).filter { $1.affected > 0 }
                .map { change, _ in NewEvent(.operatorNotice(change.0, isCleared: change.1, at: now)) }
            guard !events.isEmpty else { return nil }
            let written = try await transaction.executeAndCommit(
                events.map { EventAppend.call($0, clinic: context.clinic) })
            return try EventAppend.committed(written, clinic: context.clinic, vault: vault)
        }
    }

    /// A gap that passed gives way to the next one, silently: the notice is the same.
    private func moves(
        of known: [NoticeRecord], to found: [OperatorNotice], _ context: TenantContext
    ) -> [Call] {
        known.compactMap { record in
            guard let now = found.first(where: { Key($0) == Key(record.notice) }), let gap = now.gap,
                gap.from != record.notice.gap?.from,
                gap.from > record.notice.gap?.from ?? gap.from
                    || gap.to != record.notice.gap?.to
            else { return nil }
            return Self.moveGap(.id(context.clinic), .id(record.id), .time(gap.from), .time(gap.to))
        }
    }

    private static func insertCall(_ notice: OperatorNotice, _ context: TenantContext) -> Call {
        insert(
            .id(context.clinic), .text(notice.kind.rawValue), .text(notice.subject), .id(notice.user),
            .id(notice.contact), .id(notice.schedule), .time(notice.gap?.from), .time(notice.gap?.to))
    }

    private struct Key: Hashable {
        let kind: NoticeKind
        let subject: String

        init(_ notice: OperatorNotice) {
            kind = notice.kind
            subject = notice.subject
        }
    }
}
