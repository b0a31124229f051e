package import Clinic
import Database

/// The watch over producers: one that is not heard from in time raises an alert. Loop-confined. The rows are the timers.
package struct MonitorStore {
    let pool: Pool
    let vault: PHIVault
    let alerts: AlertStore

    /// A monitor as it was asked for.
    package struct Draft: Sendable, Equatable {
        package var source: String
        /// From one word of the producer to the next.
        package var everySeconds: Int
        /// How much later a word may come.
        package var graceSeconds: Int
        package var urgency: UrgencyLevel

        package init(source: String, everySeconds: Int, graceSeconds: Int, urgency: UrgencyLevel) {
            self.source = source
            self.everySeconds = everySeconds
            self.graceSeconds = graceSeconds
            self.urgency = urgency
        }
    }

    package struct Monitor: Sendable, Equatable {
        package let id: MonitorID
        package let source: String
        package let everySeconds: Int
        package let graceSeconds: Int
        package let urgency: UrgencyLevel
        package let heardAt: Timestamp?
        /// When its silence raises an alert; nil where it has.
        package let dueAt: Timestamp?
        package let silentSince: Timestamp?
        /// What its last silence raised.
        package let alert: AlertID?
    }

    /// A producer that was not heard from in time.
    package struct Silent: Sendable, Equatable {
        package let id: MonitorID
        package let clinic: ClinicID
        let source: String
        let subject: PatientID
        let urgency: UrgencyLevel
    }

    private static let columns: StaticString = """
        id, source, every_seconds, grace_seconds, urgency_level, heard_at, due_at, silent_since, alert_id
        """

    // The status keeps it out of the clinic's flow, and the moment out of today's discharges.
    private static let insertSubject = Statement(
        "insert_monitor_subject",
        """
        INSERT INTO patients (id, clinic_id, full_name, status, discharged_at)
        VALUES ($2, $1, $3, 'DISCHARGED', 'epoch')
        """)

    private static let insert = Statement(
        name: "insert_monitor",
        sql: """
            INSERT INTO monitors (id, clinic_id, source, every_seconds, grace_seconds, urgency_level, subject_id, due_at)
            VALUES ($2, $1, $3, $4, $5, $6, $7, clock_timestamp() + ($4::int + $5::int) * INTERVAL '1 second')
            RETURNING \(columns)
            """)

    private static let list = Statement(
        name: "list_monitors",
        sql: """
            SELECT \(columns) FROM monitors WHERE clinic_id = $1 AND deleted_at IS NULL ORDER BY source LIMIT 1000
            """)

    private static let hear = Statement(
        name: "hear_monitor",
        sql: """
            UPDATE monitors SET heard_at = clock_timestamp(), silent_since = NULL,
                due_at = clock_timestamp() + (every_seconds + grace_seconds) * INTERVAL '1 second'
            WHERE clinic_id = $1 AND id = $2 AND deleted_at IS NULL
            RETURNING \(columns)
            """)

    private static let remove = Statement(
        "remove_monitor",
        """
        UPDATE monitors SET deleted_at = clock_timestamp(), due_at = NULL
        WHERE clinic_id = $1 AND id = $2 AND deleted_at IS NULL
        """)

    private static let silent = Statement(
        "silent_monitors",
        """
        SELECT id, clinic_id, source, subject_id, urgency_level FROM monitors
        WHERE due_at <= statement_timestamp() AND deleted_at IS NULL ORDER BY due_at LIMIT 50
        """)

    // Only while it is still silent, and for one hub alone.
    private static let note = Statement(
        "note_silent_monitor",
        """
        UPDATE monitors SET silent_since = COALESCE(silent_since, due_at), due_at = NULL, alert_id = $3
        WHERE clinic_id = $1 AND id = $2 AND due_at <= clock_timestamp() AND deleted_at IS NULL
        """)

    /// Begins to watch a producer; its first word is due from now on. Throws
    /// `invalidReference` where it is watched already.
    package func add(_ draft: Draft, _ context: TenantContext) async throws(StoreError) -> Monitor {
        let id = MonitorID.random()
        let subject = PatientID.random()
        let name = try vault.seal(name: PHI("Service \(draft.source)"), of: subject)
        let rows = try await pool.run(
            context,
            [
                Self.insertSubject(.id(context.clinic), .id(subject), .bytes(name)),
                Self.insert(
                    .id(context.clinic), .id(id), .text(draft.source), .integer(draft.everySeconds),
                    .integer(draft.graceSeconds), .text(draft.urgency.rawValue), .id(subject)),
                context.audit(.monitorCreated, table: "monitors", id),
            ])
        return try Self.monitor(rows[1])
    }

    /// The clinic's monitors by name.
    package func list(_ context: TenantContext) async throws(StoreError) -> [Monitor] {
        let rows = try await pool.run(context, [Self.list(.id(context.clinic))])
        return try reading { () throws(DatabaseError) in
            var monitors: [Monitor] = []
            for row in rows[0] { monitors.append(try Monitor(row)) }
            return monitors
        }
    }

    /// The producer is alive. An alert that its silence raised stays open: somebody has to look what was missed.
    package func hear(_ monitor: MonitorID, _ context: TenantContext) async throws(StoreError) -> Monitor {
        let rows = try await pool.run(context, [Self.hear(.id(context.clinic), .id(monitor))])
        guard !rows[0].isEmpty else { throw .notFound(.monitor) }
        return try Self.monitor(rows[0])
    }

    /// The producer is watched no more.
    package func remove(_ monitor: MonitorID, _ context: TenantContext) async throws(StoreError) {
        let rows = try await pool.run(
            context,
            [
                Self.remove(.id(context.clinic), .id(monitor)),
                context.audit(.monitorRemoved, table: "monitors", monitor),
            ])
        guard rows[0].affected > 0 else { throw .notFound(.monitor) }
    }

    /// Producers of all clinics that were not heard from in time: give each to `raise`.
    package func silent() async throws(StoreError) -> [Silent] {
        let rows = try await pool.runAsEngine([Self.silent()])
        return try reading { () throws(DatabaseError) in
            var silent: [Silent] = []
            for row in rows[0] {
                silent.append(
                    Silent(
                        id: try row.id("id"), clinic: try row.id("clinic_id"), source: try row.string("source"),
                        subject: try row.id("subject_id"), urgency: try row.choice("urgency_level")))
            }
            return silent
        }
    }

    /// Raises the alert of a silent producer, or counts it where the one before is still open; two hubs that do it at once
    /// raise one.
    package func raise(_ silent: Silent) async throws(StoreError) -> Raising {
        let context = TenantContext.hub(in: silent.clinic)
        var draft = AlertDraft(patient: silent.subject, assignedTo: nil, urgency: silent.urgency)
        draft.source = silent.source
        draft.type = HeartbeatRule.alertType
        draft.repetitionKey = "monitor:\(silent.id)"
        let raising = try await alerts.raiseOrRepeat(draft, context)
        let alert =
            switch raising {
            case .raised(let raised): raised.id
            case .repeated(let repeated): repeated.id
            }
        _ = try await pool.run(context, [Self.note(.id(silent.clinic), .id(silent.id), .id(alert))])
        return raising
    }

    private static func monitor(_ rows: Rows) throws(StoreError) -> Monitor {
        try reading { () throws(DatabaseError) in
            guard let row = rows.first else { throw .malformed("monitors") }
            return try Monitor(row)
        }
    }
}

extension MonitorStore.Monitor {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        source = try row.string("source")
        everySeconds = try row.int("every_seconds")
        graceSeconds = try row.int("grace_seconds")
        urgency = try row.choice("urgency_level")
        heardAt = try row.optionalTime("heard_at")
        dueAt = try row.optionalTime("due_at")
        silentSince = try row.optionalTime("silent_since")
        alert = try row.optionalID("alert_id")
    }
}
