import Clinic
import Database
import Escalation
import Hub
import HubProtocol
import Platform
import Store
import Wire

extension Problem {
    /// The answer to a store's error; what is a fault of the hub is logged and told as nothing but that.
    init(_ error: StoreError) {
        switch error {
        case .database(let database):
            switch database {
            case .unavailable(let isUnknown), .timeout(let isUnknown):
                self = isUnknown ? .outcomeUnknown : .unavailable
            case .overloaded: self = .unavailable
            case .server, .malformed: self = Self.fault(error)
            }
        case .notFound(let subject): self = .notFound(subject.rawValue)
        case .invalidReference(let field):
            self.init(.unprocessableContent, "invalid-field", field.sentence, field: field.jsonName)
        case .idempotencyConflict:
            self.init(
                .conflict, "idempotency-conflict", "This Idempotency-Key was used for another request; use a new one.")
        case .conflict(let conflict): self.init(.conflict, "state-conflict", conflict.sentence)
        case .refused(let refusal): self.init(.conflict, "state-conflict", refusal.sentence)
        case .illegalPatientTransition(let from, let to):
            self.init(
                .conflict, "illegal-transition",
                "A patient does not go from \(from.rawValue) to \(to.rawValue).", field: "status")
        case .contact(let refusal): self.init(refusal)
        case .schedule(let refusal): self.init(refusal)
        case .tooManyRevocations:
            self.init(
                .conflict, "too-many-revocations",
                "The clinic has \(RevocationStore.maximumTokens) single tokens revoked; revoke the user instead.")
        case .userTaken:
            self.init(
                .conflict, "user-taken",
                "Another user of the clinic has this authId: one person of the issuer is one user of a clinic.",
                field: "authId")
        case .tooManyKeys:
            self.init(
                .conflict, "too-many-keys",
                "The clinic has \(APIKeyStore.maximumActive) keys in use; revoke one that is not needed.")
        case .unsealable: self = Self.fault(error)
        }
    }

    private static func fault(_ error: StoreError) -> Problem {
        Log.error("request failed", ["error": error.logName])
        return Problem(.internalServerError, "fault", "The hub could not do this; its log has the reason.")
    }
}

extension StoreError {
    /// The same for the socket: an error code and a sentence.
    var answerOnSocket: (ErrorCode, String) {
        let problem = Problem(self)
        let code: ErrorCode =
            switch self {
            case .notFound: .notFound
            case .refused, .conflict, .idempotencyConflict, .illegalPatientTransition, .contact, .schedule,
                .tooManyRevocations, .tooManyKeys, .userTaken:
                .conflict
            case .invalidReference: .badRequest
            case .database, .unsealable: .internalError
            }
        return (code, problem.detail)
    }
}

extension StoreError.Field {
    fileprivate var sentence: String {
        switch self {
        case .patientId: "The clinic has no patient with this id."
        case .assignedTo: "The clinic has no user with this id."
        case .contactIds: "The list must name each of the person's contacts once."
        case .contactId: "The person has no contact with this id."
        case .backupId: "A backup is another active doctor of the clinic."
        case .notDoctor: "Only a doctor has a backup."
        case .people: "Everybody in a layer must be an active member of the clinic's staff."
        case .userId: "The clinic has no active member of staff with this id."
        case .source: "This producer is watched already."
        case .clinicId: "There is no clinic with this id."
        case .assignedToNotActiveDoctor: "An alert is assigned to an active doctor; this user is not one."
        }
    }
}

extension StoreError.Conflict {
    fileprivate var sentence: String {
        switch self {
        case .noDeadLetter: "The message is no dead letter: it is on its way, or arrived."
        case .personIsBeingTold: "The alert's current step is telling this person already."
        case .leaseLost: "The job was taken over by another hub."
        case .formNotRead: "The form is still being read; ask for its status."
        case .formSettled: "The form was approved or rejected already; its status tells by which."
        case .locationTaken: "One of the locations is another clinic's."
        }
    }
}

extension EscalationPlan.Refusal {
    fileprivate var sentence: String {
        switch self {
        case .notRaised: "The alert is not raised yet; try again in a moment."
        case .alreadyAcknowledged: "The alert is acknowledged already."
        case .alreadyClosed: "The alert is closed."
        case .notPaged: "Only somebody who was paged for this alert can pass it on."
        case .snoozeNotAllowed: "An alert of this urgency cannot be put off."
        case .snoozeTooLong: "The alert cannot be put off for so long; the clinic's policy limits all snoozes together."
        case .reopenTooLate: "The alert was closed too long ago; raise a new one."
        }
    }
}
