/// All that decides by which ways one person is reached.
package struct ReachProfile: Equatable, Sendable {
    /// In the person's own order.
    package var contacts: [ReachContact]
    /// The person's own rules; an empty list leaves it to the policy.
    package var rules: PerUrgency<[NotificationRule]>
    package var quietHours: QuietHours?

    package init(
        contacts: [ReachContact], rules: PerUrgency<[NotificationRule]> = PerUrgency(all: []),
        quietHours: QuietHours? = nil
    ) {
        self.contacts = contacts
        self.rules = rules
        self.quietHours = quietHours
    }
}

/// One contact, as far as reaching somebody by it goes.
package struct ReachContact: Equatable, Sendable {
    package let id: ContactID
    package let kind: ContactKind
    /// Whether its owner has proved that it is theirs.
    package let isVerified: Bool
    /// Whether its owner asked not to be written to.
    package let isOptedOut: Bool

    package init(id: ContactID, kind: ContactKind, isVerified: Bool, isOptedOut: Bool) {
        self.id = id
        self.kind = kind
        self.isVerified = isVerified
        self.isOptedOut = isOptedOut
    }

    /// Why nothing is sent to it; `nil` where something is.
    package var obstacle: UnreachableReason? {
        if isOptedOut { return .optedOut }
        if kind == .voice { return .voiceNotServed }
        return isVerified ? nil : .unverified
    }
}

/// A contact that a person wants to be told by for one urgency, and how long after the page began.
package struct NotificationRule: Hashable, Sendable {
    /// The most rules for one urgency.
    package static let maximumRules = 10
    /// The longest delay; a CRITICAL page waits no longer than a minute for anything.
    package static func maximumDelay(of urgency: UrgencyLevel) -> Duration {
        urgency == .critical ? .seconds(60) : .seconds(3_600)
    }

    package let contact: ContactID
    package let after: Duration

    package init(contact: ContactID, after: Duration) {
        self.contact = contact
        self.after = after
    }
}

/// How loud a page is: what the policy says for its urgency.
package struct Loudness: Equatable, Sendable {
    /// The kinds of contact at once.
    package var kinds: Set<ContactKind>
    /// More kinds, after a while.
    package var laterKinds: Set<ContactKind>
    package var laterAfter: Duration
    /// Whether quiet hours hold the page back, for this long at most (`nil`: as long as they last).
    package var keepsQuiet: Bool
    package var longestQuiet: Duration?
    /// Every usable contact at once, whatever the person's rules say.
    package var overridesRules: Bool

    package init(
        kinds: Set<ContactKind>, laterKinds: Set<ContactKind> = [], laterAfter: Duration = .zero,
        keepsQuiet: Bool = false, longestQuiet: Duration? = nil, overridesRules: Bool = false
    ) {
        self.kinds = kinds
        self.laterKinds = laterKinds
        self.laterAfter = laterAfter
        self.keepsQuiet = keepsQuiet
        self.longestQuiet = longestQuiet
        self.overridesRules = overridesRules
    }
}

/// Why a person cannot be reached outside of the hub's own screens.
package enum UnreachableReason: String, CaseIterable, Hashable, Sendable {
    /// The person has no contact.
    case noContact = "NO_CONTACT"
    /// No contact was verified.
    case unverified = "UNVERIFIED"
    /// The person asked not to be written to.
    case optedOut = "OPTED_OUT"
    /// There is a number to call, and no gateway places calls.
    case voiceNotServed = "VOICE_NOT_SERVED"
    /// The person is not an active member of staff.
    case inactive = "INACTIVE"
}

/// A contact to be used for a page, and how long after its beginning.
package struct ContactChoice: Hashable, Sendable {
    package let contact: ContactID
    package let kind: ContactKind
    package let after: Duration

    package init(contact: ContactID, kind: ContactKind, after: Duration) {
        self.contact = contact
        self.kind = kind
        self.after = after
    }
}
