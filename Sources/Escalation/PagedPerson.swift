package import Clinic

/// One person of the current step.
package struct PagedPerson: Hashable, Sendable {
    package let user: UserID
    package var standing: Standing
    /// What the person was found by; `nil` where it is not known any more.
    package let target: EscalationTarget?

    package init(user: UserID, standing: Standing, target: EscalationTarget? = nil) {
        self.user = user
        self.standing = standing
        self.target = target
    }

    /// What became of the page to this person.
    package enum Standing: String, CaseIterable, Hashable, Sendable {
        /// Paged; nothing heard.
        case paged = "PAGED"
        /// The person's own device or phone confirmed the page.
        case delivered = "DELIVERED"
        /// Every way to this person failed, or the person is gone.
        case failed = "FAILED"
        /// The person passed the alert on.
        case declined = "DECLINED"

        /// Whether an answer may still come.
        package var isHopeful: Bool { self == .paged || self == .delivered }
    }
}
