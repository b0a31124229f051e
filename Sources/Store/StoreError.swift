package import Clinic
package import Database
package import Escalation

/// Why the store did not do what was asked. Nothing was changed, except where a database error says
/// `outcomeUnknown`.
package enum StoreError: Error, Equatable, Sendable {
    /// The database could not answer. `unavailable`, `timeout` and `overloaded` are 503 with Retry-After; the rest is
    /// a fault of the hub: 500 and a log line.
    case database(DatabaseError)
    /// This clinic has no such row; answer 404, the same for a row of another clinic.
    case notFound(Subject)
    /// A field of the request names something that this clinic does not have, or not of the kind needed. Answer 422
    /// with the field.
    case invalidReference(Field)
    /// The Idempotency-Key was used for another request. Answer 409.
    case idempotencyConflict
    /// The alert is not in a state for that. Answer 409.
    case refused(EscalationPlan.Refusal)
    /// Answer 409.
    case conflict(Conflict)
    /// Patients do not go from the one status to the other. Answer 409.
    case illegalPatientTransition(from: PatientStatus, to: PatientStatus)
    /// A contact was not changed, or its code not sent or taken.
    case contact(ContactRefusal)
    /// A schedule was not changed.
    case schedule(ScheduleRefusal)
    /// The clinic has revoked as many single tokens as it may have at a time: revoke the user. Answer 409.
    case tooManyRevocations
    /// The issuer's id is another user's of the clinic. Answer 409.
    case userTaken
    /// The clinic has as many keys as it may. Answer 409.
    case tooManyKeys
    /// A sealed column did not open: another key, or a row that was tampered with. Answer 500 and alarm.
    case unsealable

    /// Whether what was asked for may have been done all the same.
    package var isOutcomeUnknown: Bool { if case .database(let error) = self { error.outcomeUnknown } else { false } }

    /// Whether the same may succeed in a moment.
    package var isTransient: Bool {
        guard case .database(let error) = self else { return false }
        return switch error {
        case .unavailable, .timeout, .overloaded: true
        case .server, .malformed: false
        }
    }

    /// What was looked for.
    package enum Subject: String, Hashable, Sendable {
        case alert, patient, user, policy, attempt, clinic, maintenance, monitor
        case contact = "contact method"
        case schedule, override
        case deadLetter = "dead letter"
        case form = "intake form"
        case apiKey = "API key"
    }

    /// Why something that is there cannot be done as it stands.
    package enum Conflict: Hashable, Sendable {
        /// The message is on its way, or arrived.
        case noDeadLetter
        /// The current step has a message to that person already.
        case personIsBeingTold
        /// The job is another attempt's by now: nothing was written.
        case leaseLost
        /// Nothing was read of the form yet.
        case formNotRead
        /// Somebody approved or rejected the form already.
        case formSettled
        /// One of Square's locations is another clinic's.
        case locationTaken
    }

    /// The fields of a request that name rows.
    package enum Field: String, Hashable, Sendable {
        case patientId
        /// No user of the clinic.
        case assignedTo
        /// A user of the clinic, but not an active doctor.
        case assignedToNotActiveDoctor
        /// Not each of the person's contacts once.
        case contactIds
        /// Not a contact of the person.
        case contactId
        /// Not another active doctor of the clinic.
        case backupId
        /// The doctor of a backup is not a doctor.
        case notDoctor
        /// Somebody in a layer is not an active member of the clinic's staff.
        case people
        /// Not an active member of the clinic's staff.
        case userId
        case clinicId
        /// A producer that is watched already.
        case source

        /// The field's name in JSON.
        package var jsonName: String {
            switch self {
            case .assignedToNotActiveDoctor: "assignedTo"
            case .notDoctor: "backupId"
            case .people: "layers"
            case .patientId, .assignedTo, .contactIds, .contactId, .backupId, .userId, .clinicId, .source:
                rawValue
            }
        }
    }

    /// The error of a failed batch, by the constraint that it violated.
    static func from(_ error: DatabaseError) -> StoreError {
        switch error.constraint {
        case "alerts_patient_id_fkey": .invalidReference(.patientId)
        case "alerts_assigned_to_fkey": .invalidReference(.assignedTo)
        case "monitors_source_key": .invalidReference(.source)
        case "alerts_assigned_to_is_active_doctor": .invalidReference(.assignedToNotActiveDoctor)
        case "contact_methods_user_id_fkey": .notFound(.user)
        case "contact_methods_address_key": .contact(.duplicate)
        case "oncall_schedules_name_key": .schedule(.nameTaken)
        case "jobs_lease_held": .conflict(.leaseLost)
        case "review_sessions_settled_key", "uploads_status_forward": .conflict(.formSettled)
        case "intake_forms_patient_id_fkey": .invalidReference(.patientId)
        case "users_auth_id_key": .userTaken
        case "users_clinic_id_fkey", "square_accounts_clinic_id_fkey": .invalidReference(.clinicId)
        case "square_locations_pkey": .conflict(.locationTaken)
        case "revocations_user_id_fkey": .invalidReference(.userId)
        case "revocations_clinic_id_fkey": .invalidReference(.clinicId)
        default: .database(error)
        }
    }
}
