/// Why nobody is called for an alert yet.
package enum HoldCause: String, CaseIterable, Hashable, Sendable {
    /// A more urgent alert of the same patient is open.
    case inhibited = "INHIBITED"
    /// The clinic, or the alert's producer, is under maintenance.
    case maintenance = "MAINTENANCE"
}
