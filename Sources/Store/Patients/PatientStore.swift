package import Clinic
import Database
import HubProtocol

/// Patients and their flow through the clinic. Loop-confined.
package struct PatientStore {
    let pool: Pool
    let vault: PHIVault

    /// What became of a wish to change a status.
    package struct StatusChange: Sendable, Equatable {
        package let previous: PatientStatus
        /// What to broadcast; nil where the patient had the status already.
        package let committed: CommittedEvents?
    }

    /// How many patients the clinic has in each status.
    package struct FlowCounts: Sendable, Equatable {
        package let waiting: Int
        package let beingAttended: Int
        /// Since midnight in the clinic's time zone.
        package let discharged: Int
        package var total: Int { waiting + beingAttended + discharged }
    }

    // The channel is touched only if the patient's row was: the event's CTE hangs on `moved`.
    private static let change = Statement(
        "change_patient_status",
        """
        WITH locked AS MATERIALIZED (
            SELECT id, status FROM patients WHERE clinic_id = $1 AND id = $2 FOR NO KEY UPDATE
        ), moved AS (
            UPDATE patients p
            SET status = $3, discharged_at = CASE WHEN $3 = 'DISCHARGED' THEN clock_timestamp() ELSE discharged_at END
            FROM locked WHERE p.clinic_id = $1 AND p.id = locked.id AND locked.status = ANY ($4::text[])
            RETURNING p.id
        ), head AS (
            UPDATE clinic_channels SET head_seq = head_seq + 1
            WHERE clinic_id = $1 AND EXISTS (SELECT FROM moved)
            RETURNING epoch, head_seq
        ), event AS (
            INSERT INTO clinic_events (clinic_id, seq, type, payload, patient_id, created_at)
            SELECT $1, head.head_seq, $5, $6::jsonb, $2, clock_timestamp() FROM head
            RETURNING seq, type, payload, patient_id, patient_name, created_at
        )
        SELECT locked.status AS previous, head.epoch, event.*
        FROM locked LEFT JOIN head ON TRUE LEFT JOIN event ON TRUE
        """)

    private static let count = Statement(
        "count_flow",
        """
        WITH midnight AS MATERIALIZED (
            SELECT date_trunc('day', statement_timestamp() AT TIME ZONE timezone) AT TIME ZONE timezone AS at
            FROM clinics WHERE id = $1
        )
        SELECT count(*) FILTER (WHERE status = 'WAITING') AS waiting,
            count(*) FILTER (WHERE status = 'BEING_ATTENDED') AS attended,
            count(*) FILTER (WHERE status = 'DISCHARGED') AS discharged
        FROM patients
        WHERE clinic_id = $1
            AND (status IN ('WAITING', 'BEING_ATTENDED')
                OR status = 'DISCHARGED' AND discharged_at >= (SELECT at FROM midnight))
        """)

    /// Changes the status under the patient's row lock, with its event and audit row: one round trip.
    ///
    /// Throws `notFound` for a patient that this clinic does not have, `illegalPatientTransition` for a way back.
    package func changeStatus(
        of patient: PatientID, to status: PatientStatus, _ context: TenantContext
    ) async throws(StoreError) -> StatusChange {
        let event = NewEvent(.patientStatusChanged(patient: patient, status: status))
        let sources = PatientStatus.allCases.filter { $0.transition(to: status) == .moves }
        let rows = try await pool.run(
            context,
            [
                context.audit(.patientUpdated, table: "patients", patient),
                Self.change(
                    .id(context.clinic), .id(patient), .text(status.rawValue), .array(sources.map(\.rawValue)),
                    .text(event.type), .text(event.payload)),
            ])
        guard let row = rows[1].first else { throw .notFound(.patient) }
        let (previous, hasMoved) = try reading { () throws(DatabaseError) -> (PatientStatus, Bool) in
            (try row.choice("previous"), try row.optionalInt64("seq") != nil)
        }
        if !hasMoved {
            guard previous.transition(to: status) == .stays else {
                throw .illegalPatientTransition(from: previous, to: status)
            }
            return StatusChange(previous: previous, committed: nil)
        }
        let committed = try EventAppend.committed(rows.suffix(1), clinic: context.clinic, vault: vault)
        return StatusChange(previous: previous, committed: committed)
    }

    /// The counts of the clinic's flow now.
    package func flowCounts(_ context: TenantContext) async throws(StoreError) -> FlowCounts {
        let rows = try await pool.run(context, [Self.count(.id(context.clinic))])
        guard let row = rows[0].first else { throw .notFound(.clinic) }
        return try reading { () throws(DatabaseError) in
            FlowCounts(
                waiting: try row.int("waiting"), beingAttended: try row.int("attended"),
                discharged: try row.int("discharged"))
        }
    }
}
