package import Clinic
import Database

/// A patient as the clinic's staff sees one.
package struct PatientRecord: Sendable, Equatable {
    package let id: PatientID
    package let fullName: PHI<String>
    package let dateOfBirth: PHI<CalendarDate>?
    package let insuranceID: PHI<String>?
    /// Whether a digest of a social security number is kept; the number itself never is.
    package let hasSSN: Bool
    package let status: PatientStatus
    package let arrivedAt: Timestamp
    package let dischargedAt: Timestamp?

    static let columns: StaticString = """
        id, full_name, date_of_birth, insurance_id, ssn_hash IS NOT NULL AS has_ssn, status, arrived_at, discharged_at
        """

    init(_ row: Row, vault: PHIVault) throws(StoreError) {
        let id: PatientID = try reading { () throws(DatabaseError) in try row.id("id") }
        self.id = id
        let sealed = try reading { () throws(DatabaseError) in
            (
                name: try row.bytes("full_name"), birth: try row.optionalBytes("date_of_birth"),
                insurance: try row.optionalBytes("insurance_id")
            )
        }
        fullName = try vault.openName(sealed.name, of: id)
        dateOfBirth = try sealed.birth.map { bytes throws(StoreError) in
            try vault.open(bytes, .dateOfBirth, of: id).map { text throws(StoreError) in
                guard let date = CalendarDate(text) else { throw .unsealable }
                return date
            }
        }
        insuranceID = try sealed.insurance.map { bytes throws(StoreError) in
            try vault.open(bytes, .insuranceID, of: id)
        }
        (hasSSN, status, arrivedAt, dischargedAt) = try reading {
            () throws(DatabaseError) -> (Bool, PatientStatus, Timestamp, Timestamp?) in
            (
                try row.bool("has_ssn"), try row.choice("status"), try row.time("arrived_at"),
                try row.optionalTime("discharged_at")
            )
        }
    }
}

/// A patient to be registered.
package struct PatientDraft: Sendable {
    /// 1 to 200 characters.
    package let fullName: PHI<String>
    package let dateOfBirth: PHI<CalendarDate>?
    /// At most 100 characters.
    package let insuranceID: PHI<String>?
    /// Nine digits; only a keyed digest of it is kept.
    package let ssn: PHI<SocialSecurityNumber>?

    package init(
        fullName: PHI<String>, dateOfBirth: PHI<CalendarDate>? = nil, insuranceID: PHI<String>? = nil,
        ssn: PHI<SocialSecurityNumber>? = nil
    ) {
        self.fullName = fullName
        self.dateOfBirth = dateOfBirth
        self.insuranceID = insuranceID
        self.ssn = ssn
    }
}

/// One order of a patient as Square last told it (`billing_display_cache`); for display, never the source of truth.
package struct BillingRecord: Sendable, Equatable {
    package let orderID: String?
    package let status: BillingStatus?
    package let amountCents: Int?
    /// ISO 4217.
    package let currency: String?
    package let lastSyncedAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        orderID = try row.optionalString("square_order_id")
        status = try row.optionalChoice("status")
        amountCents = try row.optionalInt64("amount_cents").map { Int($0) }
        currency = try row.optionalString("currency")
        lastSyncedAt = try row.time("last_synced_at")
    }
}
