package import Clinic
import Database

/// A clinic of the group.
package struct ClinicRecord: Sendable, Equatable {
    package let id: ClinicID
    package let name: String
    /// ISO 3166, two letters; or what an older row has.
    package let country: String
    /// Of the IANA database.
    package let zone: String
    package let isActive: Bool
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    static let columns: StaticString = """
        id, name, country, timezone, COALESCE(is_active, FALSE) AS is_active, COALESCE(created_at, 'epoch') AS created_at,
        COALESCE(updated_at, 'epoch') AS updated_at
        """

    init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        name = try row.string("name")
        country = try row.string("country")
        zone = try row.string("timezone")
        isActive = try row.bool("is_active")
        createdAt = try row.time("created_at")
        updatedAt = try row.time("updated_at")
    }
}

/// What a clinic has to do and did, counted at one moment. Days are those of the clinic's own zone.
package struct ClinicStatistics: Sendable, Equatable {
    package struct Alerts: Sendable, Equatable {
        package let pending: Int
        package let delivered: Int
        package let escalated: Int
        package let acknowledged: Int
        /// Since midnight, whatever became of them.
        package let raisedToday: Int
    }

    package struct Intake: Sendable, Equatable {
        /// Forms processed since midnight.
        package let processedToday: Int
        package let emergenciesToday: Int
        /// Processed forms that a person has to look at, of any day.
        package let requiringReview: Int
    }

    package struct Staff: Sendable, Equatable {
        package let active: Int
        package let doctors: Int
    }

    package let clinic: ClinicRecord
    package let patients: PatientStore.FlowCounts
    package let alerts: Alerts
    package let intake: Intake
    package let billing: BillingCounts
    package let staff: Staff

    init(_ row: Row) throws(DatabaseError) {
        clinic = try ClinicRecord(row)
        patients = PatientStore.FlowCounts(
            waiting: try row.int("waiting"), beingAttended: try row.int("attended"),
            discharged: try row.int("discharged"))
        alerts = Alerts(
            pending: try row.int("pending"), delivered: try row.int("delivered"), escalated: try row.int("escalated"),
            acknowledged: try row.int("acknowledged"), raisedToday: try row.int("raised_today"))
        intake = Intake(
            processedToday: try row.int("processed_today"), emergenciesToday: try row.int("emergencies_today"),
            requiringReview: try row.int("requiring_review"))
        billing = try BillingCounts(row)
        staff = Staff(active: try row.int("active_staff"), doctors: try row.int("active_doctors"))
    }
}

/// The clinic's orders by what Square last said of them.
package struct BillingCounts: Sendable, Equatable {
    package let pending: Int
    package let paid: Int
    package let rejected: Int
    /// Nil where nothing was ever synchronized.
    package let lastSyncedAt: Timestamp?

    package var total: Int { pending + paid + rejected }

    init(_ row: Row) throws(DatabaseError) {
        pending = try row.int("billing_pending")
        paid = try row.int("billing_paid")
        rejected = try row.int("billing_rejected")
        lastSyncedAt = try row.optionalTime("billing_synced_at")
    }
}
