/// What a member of staff may do to an alert, by whatever way: the board, REST, a text message, a link.
package enum AlertAct: Hashable, Sendable {
    /// Accepts it.
    case acknowledge
    /// Passes it on; from who accepted it, gives it back.
    case decline(AnswerReason?)
    /// Gives the acceptance back.
    case unaccept(AnswerReason?)
    /// Says that the work on it goes on, so that nobody is reminded yet.
    case progress
    /// Calls the next person now.
    case escalate
    /// Puts it off until then.
    case snooze(until: Timestamp, AnswerReason)
    /// Ends it.
    case close(AnswerReason?)
    /// Takes the end back.
    case reopen

    /// The words of the socket's messages and of the REST paths.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case acknowledge, decline, unaccept, progress, escalate, snooze, close, reopen

        /// Who may do it.
        package var right: Right {
            switch self {
            case .acknowledge, .progress: .acknowledgeAlert
            case .decline, .unaccept: .declineAlert
            case .escalate: .escalateAlert
            case .snooze: .snoozeAlert
            case .close: .closeAlert
            case .reopen: .reopenAlert
            }
        }

        /// What the role that lacks the right "may not".
        package var phrase: String {
            switch self {
            case .acknowledge: "acknowledge alerts"
            case .decline: "pass alerts on"
            case .unaccept: "give alerts back"
            case .progress: "report on alerts"
            case .escalate: "escalate alerts"
            case .snooze: "put alerts off"
            case .close: "close alerts"
            case .reopen: "re-open alerts"
            }
        }
    }

    package var kind: Kind {
        switch self {
        case .acknowledge: .acknowledge
        case .decline: .decline
        case .unaccept: .unaccept
        case .progress: .progress
        case .escalate: .escalate
        case .snooze: .snooze
        case .close: .close
        case .reopen: .reopen
        }
    }

    package var reason: AnswerReason? {
        switch self {
        case .decline(let reason), .unaccept(let reason), .close(let reason): reason
        case .snooze(_, let reason): reason
        case .acknowledge, .progress, .escalate, .reopen: nil
        }
    }
}

/// Why somebody declines, puts off or closes an alert: a word of a list, since free text might name the patient.
package enum AnswerReason: String, CaseIterable, Hashable, Sendable {
    case busy = "BUSY"
    case offSite = "OFF_SITE"
    case withAnotherPatient = "WITH_ANOTHER_PATIENT"
    case notMyPatient = "NOT_MY_PATIENT"
    case waitingForResult = "WAITING_FOR_RESULT"
    case transferred = "TRANSFERRED"
    case handled = "HANDLED"
    case falseAlarm = "FALSE_ALARM"
    case duplicate = "DUPLICATE"
    case other = "OTHER"
}

/// The way by which somebody answered; stands in the alert's story.
package enum AnswerWay: String, CaseIterable, Hashable, Sendable {
    case screen = "SCREEN"
    case rest = "REST"
    case text = "TEXT"
    case link = "LINK"
}
