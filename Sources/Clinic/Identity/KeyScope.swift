/// What a producer's key may do: a few rights each, so that a lost key opens little.
package enum KeyScope: String, CaseIterable, Hashable, Sendable {
    case createAlerts = "alerts:create"
    case readAlerts = "alerts:read"
    case registerPatients = "patients:create"
    case changePatientStatus = "patients:status"
    case uploadForms = "forms:upload"

    package var rights: Set<Right> {
        switch self {
        case .createAlerts: [.createAlert]
        case .readAlerts: [.readAlerts]
        case .registerPatients: [.registerPatient]
        case .changePatientStatus: [.changePatientStatus]
        // What it uploaded, it may ask after; what a form says is for people alone.
        case .uploadForms: [.uploadForms, .readForms]
        }
    }
}
