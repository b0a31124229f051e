/// What became of an order's payment; the values of `billing_display_cache.status`.
package enum BillingStatus: String, CaseIterable, Hashable, Sendable {
    case pending = "PENDING"
    case paid = "PAID"
    case rejected = "REJECTED"
}

/// An order as Square has it, in the platform's words; for display, never the source of truth.
package struct BilledOrder: Hashable, Sendable {
    /// Square's own id.
    package let id: String
    /// Whom the order's reference names; nil where it names nobody. Whether the clinic knows that patient is the database's to say.
    package let patient: PatientID?
    package let status: BillingStatus
    /// In the currency's smallest unit; nil where it does not fit the column.
    package let amountCents: Int32?
    /// ISO 4217.
    package let currency: String?

    package init(id: String, patient: PatientID?, status: BillingStatus, amountCents: Int32?, currency: String?) {
        self.id = id
        self.patient = patient
        self.status = status
        self.amountCents = amountCents
        self.currency = currency
    }
}
