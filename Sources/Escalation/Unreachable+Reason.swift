package import Clinic

extension Unreachable {
    /// What a reason that lies in the person's contacts means to an alert. Nobody places calls, so a number to call is as
    /// none.
    package init(_ reason: UnreachableReason) {
        switch reason {
        case .noContact, .voiceNotServed: self = .noContact
        case .unverified: self = .unverified
        case .optedOut: self = .optedOut
        case .inactive: self = .inactive
        }
    }
}
