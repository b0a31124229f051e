package import Clinic
import Database
package import HubProtocol

/// The events of the clinics' channels: what was missed, where each channel stands, and what a screen starts from.
/// Loop-confined.
package struct EventStore {
    /// The most events that one read returns.
    package static let maximumPage = 1000
    /// The most open alerts that a snapshot holds; the oldest come first.
    package static let maximumSnapshot = 2000

    let pool: Pool
    let vault: PHIVault

    /// Part of a channel's history. Complete up to the channel's newest event if `events.count` is below the limit.
    package struct Page: Sendable {
        package let epoch: EpochID
        /// Ascending and without gaps, the first one after the position asked for.
        package let events: [ClinicEvent]
    }

    private static let epoch = Statement(
        "channel_epoch", "SELECT epoch FROM clinic_channels WHERE clinic_id = $1")

    private static let after = Statement(
        "events_after",
        """
        SELECT seq, type, payload, patient_id, patient_name, created_at
        FROM clinic_events WHERE clinic_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
        """)

    private static let position = Statement(
        "channel_position", "SELECT epoch, head_seq FROM clinic_channels WHERE clinic_id = $1")

    private static let heads = Statement(
        "channel_heads",
        "SELECT clinic_id, epoch, head_seq FROM clinic_channels WHERE clinic_id = ANY ($1::uuid[])")

    /// The events after `seq`, at most `limit` of them; one round trip.
    ///
    /// Writes no audit row: the session that reads for its screens audits its subscription.
    package func events(
        after seq: Int64, limit: Int, _ context: TenantContext
    ) async throws(StoreError) -> Page {
        let limit = min(max(limit, 1), Self.maximumPage)
        let rows = try await pool.run(
            context,
            [Self.epoch(.id(context.clinic)), Self.after(.id(context.clinic), .integer(seq), .integer(limit))])
        guard let channel = rows[0].first else { throw .notFound(.clinic) }
        let epoch: EpochID = try reading { () throws(DatabaseError) in try channel.id("epoch") }
        var events: [ClinicEvent] = []
        events.reserveCapacity(rows[1].count)
        for row in rows[1] {
            events.append(try ClinicEvent(row, clinic: context.clinic, vault: vault))
        }
        return Page(epoch: epoch, events: events)
    }

    /// Where the clinic's channel stands.
    package func position(_ context: TenantContext) async throws(StoreError) -> Position {
        let rows = try await pool.run(context, [Self.position(.id(context.clinic))])
        guard let row = rows[0].first else { throw .notFound(.clinic) }
        return try reading { () throws(DatabaseError) in try Position(row) }
    }

    /// Where these clinics' channels stand; the hub polls it for events that other nodes wrote.
    package func heads(of clinics: [ClinicID]) async throws(StoreError) -> [ClinicID: Position] {
        let rows = try await pool.runAsEngine([Self.heads(.array(clinics.map(\.description)))])
        return try reading { () throws(DatabaseError) in
            var heads: [ClinicID: Position] = [:]
            for row in rows[0] { heads[try row.id("clinic_id")] = try Position(row) }
            return heads
        }
    }
}

extension Position {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        self.init(epoch: try row.id("epoch"), seq: try row.int64("head_seq"))
    }
}
