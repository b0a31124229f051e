import Store
import Wire

extension Problem {
    /// Why a contact was not changed, or a code not sent or taken.
    init(_ refusal: ContactRefusal) {
        switch refusal {
        case .tooMany:
            self = .contactConflict("A person has at most \(ContactStore.maximumContacts) contacts; delete one first.")
        case .duplicate: self = .contactConflict("The person has this address already.", field: "address")
        case .fromDirectory:
            self = .contactConflict(
                "This number is kept by the platform with the user and is changed there; it can be opted out here.")
        case .voiceNotServed:
            self = .contactConflict(
                "No gateway of this hub places calls: a voice contact is kept, but can be neither verified nor used.")
        case .alreadyVerified: self = .contactConflict("The contact is verified already.")
        case .optedOut: self = .contactConflict("Nothing is sent to a contact that is opted out; opt it in first.")
        case .optedOutByPhone:
            self = .contactConflict(
                "The phone itself asked for silence, and its carrier keeps to that; it must send START to be reached.")
        case .noCode: self = .contactConflict("No code is awaited, or it is too old; have one sent.")
        case .wrongCode(let left):
            self.init(
                .unprocessableContent, "wrong-code", "This is not the code; \(left) more may be tried.", field: "code")
        case .wait(let rest):
            let seconds = Int(clamping: max(rest.components.seconds, 0) + 1)
            self.init(
                .tooManyRequests, "too-many-codes",
                "Too many codes were tried or sent; wait \(seconds) s.", retryAfterSeconds: seconds)
        }
    }

    /// Why a schedule was not changed.
    init(_ refusal: ScheduleRefusal) {
        switch refusal {
        case .nameTaken:
            self.init(
                .conflict, "schedule-conflict", "Another schedule of the clinic has this name.", field: "name")
        case .tooMany:
            self.init(
                .conflict, "schedule-conflict",
                "A clinic has at most \(ScheduleStore.maximumSchedules) schedules, and a schedule at most "
                    + "\(ScheduleStore.maximumOverrides) overrides that have not ended.")
        case .inUse:
            self.init(
                .conflict, "schedule-conflict",
                "The clinic's active policy names this schedule; activate a policy without it first.")
        case .versionMismatch(let current):
            self.init(
                .preconditionFailed, "version-mismatch",
                "It was changed meanwhile: its version is \(current) now. Read it and decide again.",
                field: "If-Match")
        }
    }

    private static func contactConflict(_ detail: String, field: String? = nil) -> Problem {
        Problem(.conflict, "contact-conflict", detail, field: field)
    }
}
