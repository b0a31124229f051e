import Clinic
import Database

/// Appends an event to the clinic's channel, as the last statements of the transaction that made it happen.
///
/// The UPDATE takes the channel's row lock, which is held to commit: commit order is sequence order.
enum EventAppend {
    private static let append = Statement(
        "append_event",
        """
        WITH head AS (
            UPDATE clinic_channels SET head_seq = head_seq + 1 WHERE clinic_id = $1 RETURNING epoch, head_seq
        )
        INSERT INTO clinic_events (clinic_id, seq, type, payload, patient_id, patient_name, created_at)
        SELECT $1, head.head_seq, $2, $3::jsonb, $4::uuid,
            (SELECT full_name FROM patients WHERE clinic_id = $1 AND id = $4::uuid), clock_timestamp()
        FROM head
        RETURNING seq, type, payload, patient_id, patient_name, created_at, (SELECT epoch FROM head) AS epoch
        """)

    private static let appendAll = Statement(
        "append_events",
        """
        WITH head AS (
            UPDATE clinic_channels SET head_seq = head_seq + $2::bigint WHERE clinic_id = $1
            RETURNING epoch, head_seq - $2::bigint AS before
        )
        INSERT INTO clinic_events (clinic_id, seq, type, payload, patient_id, patient_name, created_at)
        SELECT $1, head.before + event.place, event.type, event.payload::jsonb, event.patient_id,
            (SELECT full_name FROM patients WHERE clinic_id = $1 AND id = event.patient_id), clock_timestamp()
        FROM head, unnest($3::text[], $4::text[], $5::uuid[]) WITH ORDINALITY AS event (type, payload, patient_id, place)
        ORDER BY event.place
        RETURNING seq, type, payload, patient_id, patient_name, created_at, (SELECT epoch FROM head) AS epoch
        """)

    static func call(_ event: NewEvent, clinic: ClinicID) -> Call {
        append(.id(clinic), .text(event.type), .text(event.payload), .id(event.patient))
    }

    /// The same for any number of events, in order: at most one call.
    static func calls(_ events: [NewEvent], clinic: ClinicID) -> [Call] {
        guard events.count > 1 else { return events.map { call($0, clinic: clinic) } }
        return [
            appendAll(
                .id(clinic), .integer(events.count), .array(events.map(\.type)), .array(events.map(\.payload)),
                .array(events.map { $0.patient?.description }))
        ]
    }

    /// What the calls returned, in their order; nil for no calls.
    static func committed(
        _ results: some Sequence<Rows>, clinic: ClinicID, vault: PHIVault
    ) throws(StoreError) -> CommittedEvents? {
        var epoch: EpochID?
        var events: [ClinicEvent] = []
        for rows in results {
            guard !rows.isEmpty else { throw .notFound(.clinic) }
            for row in rows {
                epoch = try reading { () throws(DatabaseError) in try row.id("epoch") }
                events.append(try ClinicEvent(row, clinic: clinic, vault: vault))
            }
        }
        events.sort { $0.seq < $1.seq }
        return epoch.map { CommittedEvents(epoch: $0, events: events) }
    }
}
