import Database
import Escalation
package import Store

extension StoreError {
    /// A word for the log: nothing of the request or of a row.
    package var logName: String {
        switch self {
        case .database(let error):
            switch error {
            case .unavailable: "database unavailable"
            case .timeout: "database timeout"
            case .overloaded: "database overloaded"
            case .malformed(let what): "malformed \(what)"
            case .server(let server): "sqlstate \(server.sqlState)"
            }
        case .notFound(let subject): "no such \(subject.rawValue)"
        case .invalidReference(let field): "invalid \(field.rawValue)"
        case .idempotencyConflict: "idempotency conflict"
        case .refused(let refusal): refusal.rawValue
        case .conflict: "conflict"
        case .illegalPatientTransition: "illegal patient transition"
        case .contact: "contact refused"
        case .schedule: "schedule refused"
        case .tooManyRevocations: "too many revocations"
        case .tooManyKeys: "too many keys"
        case .userTaken: "user taken"
        case .unsealable: "a sealed column does not open"
        }
    }
}
