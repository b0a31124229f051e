/// The texts that leave for a phone. Each is literals and the values of `TextValues`; nothing else can enter.
///
/// Carriers, lock screens and gateways read these texts, so they say that something is urgent, never what or who.
package enum TextTemplate: String, CaseIterable, Hashable, Sendable {
    /// The first page of an alert.
    case page = "PAGE"
    /// The first page of a critical alert: says when the next person is called.
    case critical = "CRITICAL"
    /// The page of a later step.
    case backup = "BACKUP"
    /// Everybody was called and nobody answered.
    case exhausted = "EXHAUSTED"
    /// To who accepted: it is still open.
    case stillOpen = "STILL_OPEN"
    /// In place of several pages to one person.
    case bundle = "BUNDLE"
    /// A code that proves that a contact is its owner's.
    case verify = "VERIFY"
    /// The weekly test of a contact.
    case test = "TEST"
    /// Answers to a text: it was accepted, passed on, noted, or came too late.
    case accepted = "ACCEPTED"
    case passedOn = "PASSED_ON"
    case noted = "NOTED"
    case tooLate = "TOO_LATE"
    /// The answer to a code that was not sent to that phone; says nothing about which codes there are.
    case wrongCode = "WRONG_CODE"

    /// The version of the wording; stored with each message, since the body is not.
    package static let version = 1

    /// The text with these values: at most 160 characters of GSM-7, one segment.
    package func text(_ values: TextValues) -> String {
        (answering(values) ?? pieces).map { piece in
            switch piece {
            case .literal(let text): text.description
            case .brand: values.brand.description
            case .urgency: values.urgency.rawValue
            case .code: values.code.description
            case .minutes: String(values.minutes)
            case .alerts: values.alertCount == 1 ? "1 alert waits" : "\(values.alertCount) alerts wait"
            case .proof: values.proof?.description ?? ""
            case .link: values.link?.description ?? ""
            }
        }.joined()
    }

    enum Piece {
        case literal(StaticString)
        case brand, urgency, code, minutes, alerts, proof, link
    }

    private var pieces: [Piece] {
        switch self {
        case .page:
            [.brand, .literal(": "), .urgency, .literal(" alert "), .code, .literal(". Open the app to accept it.")]
        case .critical:
            [
                .brand, .literal(": "), .urgency, .literal(" alert "), .code,
                .literal(". Open the app to accept it. The next person is called within "), .minutes,
                .literal(" min."),
            ]
        case .backup:
            [
                .brand, .literal(": BACKUP "), .urgency, .literal(" alert "), .code,
                .literal(". Nobody has accepted it yet. Open the app to accept it."),
            ]
        case .exhausted:
            [
                .brand, .literal(": UNANSWERED "), .urgency, .literal(" alert "), .code,
                .literal(". Everybody on the list was called. Open the app now."),
            ]
        case .stillOpen:
            [
                .brand, .literal(": "), .urgency, .literal(" alert "), .code,
                .literal(" was accepted by you and is still open. Open the app to finish it."),
            ]
        case .bundle:
            [
                .brand, .literal(": "), .alerts, .literal(" for you in AlertHub, the highest "), .urgency,
                .literal(". Open the app to accept."),
            ]
        case .verify:
            [
                .brand, .literal(": code "), .proof,
                .literal(" confirms this contact for duty alerts. Reply STOP to refuse."),
            ]
        case .test:
            [.brand, .literal(": weekly test of this contact for duty alerts. No answer is needed.")]
        case .accepted: [.brand, .literal(": "), .code, .literal(" accepted by you. Open the app to finish it.")]
        case .passedOn: [.brand, .literal(": "), .code, .literal(" passed on.")]
        case .noted: [.brand, .literal(": "), .code, .literal(" noted: you work on it.")]
        case .tooLate:
            [
                .brand, .literal(": "), .code,
                .literal(" cannot be answered any more. Open the app to see where it stands."),
            ]
        case .wrongCode:
            [.brand, .literal(": no open alert of this code was sent to this phone. Open the app.")]
        }
    }
}

/// Everything that a text may say: no name, room, reason, number or other word can be spelled with these types.
package struct TextValues: Hashable, Sendable {
    package let brand: Brand
    package let urgency: UrgencyLevel
    package let code: AlertCode
    /// 1 to 999.
    package let minutes: Int
    /// Of `verify`; no other text has it.
    package let proof: VerificationCode?
    /// Of `bundle`: how many alerts it stands for, 1 to 9999.
    package var alertCount = 1 {
        didSet { alertCount = min(max(alertCount, 1), 9_999) }
    }
    /// Where the alert can be answered without signing in; `nil` for nowhere.
    package var link: AnswerLink?
    /// Whether a reply to the text reaches the hub.
    package var takesReplies = false

    /// `answerWithin` is told in whole minutes, rounded up, and held within 1 to 999.
    package init(
        brand: Brand, urgency: UrgencyLevel, code: AlertCode, answerWithin: Duration?, proof: VerificationCode? = nil
    ) {
        self.brand = brand
        self.urgency = urgency
        self.code = code
        self.proof = proof
        let seconds = answerWithin?.components.seconds ?? 60
        minutes = Int(min(max(seconds / 60 + (seconds % 60 > 0 ? 1 : 0), 1), 999))
    }
}
