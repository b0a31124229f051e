/// What the hub answers a text with, where the gateway takes an answer at once. One segment; no patient data.
package enum ReplyText: Equatable, Sendable {
    case accepted(AlertCode)
    case passedOn(AlertCode)
    case noted(AlertCode)
    case tooLate(AlertCode)
    case wrongCode

    package func text(_ brand: Brand) -> String {
        switch self {
        case .accepted(let code): "\(brand): \(code) accepted by you. Open the app to finish it."
        case .passedOn(let code): "\(brand): \(code) passed on."
        case .noted(let code): "\(brand): \(code) noted: you work on it."
        case .tooLate(let code): "\(brand): \(code) cannot be answered any more. Open the app to see where it stands."
        case .wrongCode: "\(brand): no open alert of this code was sent to this phone. Open the app."
        }
    }
}
