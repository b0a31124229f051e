/// How the local gateway treats a text, chosen by the number it goes to: gateways fail in many ways, and each can be tried.
package enum LocalBehaviour: String, CaseIterable, Sendable {
    case delivered
    case undelivered
    case failed
    case rateLimited
    case serverError
    case noAnswer
    case noCallback
    case duplicateCallbacks
    case earlyCallbacks
    case lateCallbacks
    case invalidNumber
    case optedOut
    case reorderedCallbacks
    case deliveredAfterUndelivered
    case errorButDelivered

    /// The numbers that are treated so; nil for what every other number gets.
    package var prefix: String? {
        switch self {
        case .delivered: nil
        case .undelivered: "+150055502"
        case .failed: "+150055503"
        case .rateLimited: "+150055504"
        case .serverError: "+150055505"
        case .noAnswer: "+150055506"
        case .noCallback: "+150055507"
        case .duplicateCallbacks: "+150055508"
        case .earlyCallbacks: "+150055509"
        case .lateCallbacks: "+150055510"
        case .invalidNumber: "+150055511"
        case .optedOut: "+150055512"
        case .reorderedCallbacks: "+150055513"
        case .deliveredAfterUndelivered: "+150055514"
        case .errorButDelivered: "+150055515"
        }
    }

    /// What happens, for people.
    package var explanation: String {
        switch self {
        case .delivered: "taken; then the callbacks sent and delivered"
        case .undelivered: "taken; then sent and undelivered, error 30003 (handset unreachable)"
        case .failed: "taken; then failed, error 30005 (unknown number)"
        case .rateLimited: "refused with 429, error 20429, Retry-After: 2"
        case .serverError: "500; the text is dropped"
        case .noAnswer: "no answer for two minutes, no callback; the text is dropped"
        case .noCallback: "taken; no callback ever"
        case .duplicateCallbacks: "like an ordinary number, each callback twice"
        case .earlyCallbacks: "the callbacks come before the answer"
        case .lateCallbacks: "like an ordinary number, ten seconds later"
        case .invalidNumber: "refused with 400, error 21211 (invalid number)"
        case .optedOut: "refused with 400, error 21610 (the person answered STOP)"
        case .reorderedCallbacks: "taken; then delivered, and sent only afterwards"
        case .deliveredAfterUndelivered: "taken; then undelivered (30008), and delivered after all"
        case .errorButDelivered: "500, yet the text goes out: sent and delivered are called back"
        }
    }

    /// The treatment of this number.
    package static func of(_ number: String) -> LocalBehaviour {
        allCases.first { behaviour in behaviour.prefix.map(number.hasPrefix) ?? false } ?? .delivered
    }

    /// The table as `alert-hub gateway --help` prints it.
    package static var table: String {
        let rows = allCases.map { behaviour in
            let numbers = behaviour.prefix.map { $0 + "…" } ?? "every other"
            return "  \(numbers)\(String(repeating: " ", count: max(1, 14 - numbers.count)))\(behaviour.explanation)"
        }
        return "Numbers and what becomes of a text to them:\n" + rows.joined(separator: "\n") + "\n"
    }

    /// The callbacks in order, each at its moment.
    var callbacks: [PlannedCallback] {
        switch self {
        case .delivered, .earlyCallbacks, .lateCallbacks, .errorButDelivered:
            [PlannedCallback("sent", .first), PlannedCallback("delivered", .second)]
        case .undelivered:
            [PlannedCallback("sent", .first), PlannedCallback("undelivered", .second, error: 30003)]
        case .failed: [PlannedCallback("failed", .first, error: 30005)]
        case .duplicateCallbacks:
            [
                PlannedCallback("sent", .first), PlannedCallback("sent", .first), PlannedCallback("delivered", .second),
                PlannedCallback("delivered", .second),
            ]
        case .reorderedCallbacks: [PlannedCallback("delivered", .first), PlannedCallback("sent", .second)]
        case .deliveredAfterUndelivered:
            [PlannedCallback("undelivered", .first, error: 30008), PlannedCallback("delivered", .second)]
        case .rateLimited, .serverError, .noAnswer, .noCallback, .invalidNumber, .optedOut: []
        }
    }
}

/// One callback to come.
struct PlannedCallback: Equatable, Sendable {
    /// The two moments after a text was taken; their times are configured.
    enum Moment: Equatable, Sendable { case first, second }

    let status: String
    let moment: Moment
    let error: Int?

    init(_ status: String, _ moment: Moment, error: Int? = nil) {
        self.status = status
        self.moment = moment
        self.error = error
    }
}
