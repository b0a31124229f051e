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
    /// Patients do not go from the one status to the other. Answer 409.
    case illegalPatientTransition(from: PatientStatus, to: PatientStatus)
    /// The clinic has revoked as many single tokens as it may have at a time: revoke the user. Answer 409.
    case tooManyRevocations
    /// A sealed column did not open: another key, or a row that was tampered with. Answer 500 and alarm.
    case unsealable

    /// What was looked for.
    package enum Subject: String, Hashable, Sendable { case alert, patient, user, policy, attempt, clinic }

    /// The fields of a request that name rows.
    package enum Field: String, Hashable, Sendable {
        case patientId
        /// No user of the clinic.
        case assignedTo
        /// A user of the clinic, but not an active doctor.
        case assignedToNotActiveDoctor
        case userId
        case clinicId

        /// The field's name in JSON.
        package var jsonName: String { self == .assignedToNotActiveDoctor ? Field.assignedTo.rawValue : rawValue }
    }

    /// The error of a failed batch, by the constraint that it violated.
    static func from(_ error: DatabaseError) -> StoreError {
        switch error.constraint {
        case "alerts_patient_id_fkey": .invalidReference(.patientId)
        case "alerts_assigned_to_fkey": .invalidReference(.assignedTo)
        case "alerts_assigned_to_is_active_doctor": .invalidReference(.assignedToNotActiveDoctor)
        case "revocations_user_id_fkey": .invalidReference(.userId)
        case "revocations_clinic_id_fkey": .invalidReference(.clinicId)
        default: .database(error)
        }
    }
}
