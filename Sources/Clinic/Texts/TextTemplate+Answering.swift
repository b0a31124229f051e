/// How a text says that it can be answered from the phone itself: by a reply, by a one-time link, or by both.
extension TextTemplate {
    /// Whether the text asks somebody to accept an alert.
    package var asksForAnswer: Bool {
        switch self {
        case .page, .critical, .backup, .exhausted: true
        default: false
        }
    }

    /// The text's pieces where the phone can answer; `nil` where it cannot, and the text sends to the app.
    func answering(_ values: TextValues) -> [Piece]? {
        guard values.takesReplies || values.link != nil else { return nil }
        let start: [Piece] = [.brand, .literal(": ")]
        let alert: [Piece] = [.urgency, .literal(" alert "), .code]
        switch self {
        case .page:
            switch (values.takesReplies, values.link) {
            case (true, .some):
                return start + alert + Self.reply(" to accept, ", " to pass on, or open ") + [.link]
            case (true, nil): return start + alert + Self.reply(" to accept, ", " to pass on.")
            case (false, _): return start + alert + [.literal(". To accept it open "), .link]
            }
        case .critical:
            return start + alert + [.literal(". Next in "), .minutes, .literal(" min")] + Self.short(values)
        case .backup:
            return start + [.literal("BACKUP ")] + alert + [.literal(". Nobody yet")] + Self.short(values)
        case .exhausted:
            let accept: [Piece] = values.takesReplies ? [.literal(". Reply 1 "), .code, .literal(" accept")] : []
            let open: [Piece] = values.link == nil ? [.literal(".")] : [.literal(". "), .link]
            return start + [.literal("UNANSWERED ")] + alert + [.literal(". All were called")] + accept + open
        default:
            guard self == .stillOpen, values.takesReplies else { return nil }
            return start + alert
                + [
                    .literal(" was accepted by you and is still open. Reply 3 "), .code,
                    .literal(" if you work on it, 2 "), .code, .literal(" to give it back."),
                ]
        }
    }

    private static func short(_ values: TextValues) -> [Piece] {
        switch (values.takesReplies, values.link) {
        case (true, .some): reply(" accept, ", " pass. ") + [.link]
        case (true, nil): reply(" accept, ", " pass.")
        case (false, _): [.literal(". "), .link]
        }
    }

    private static func reply(_ first: StaticString, _ second: StaticString) -> [Piece] {
        [.literal(". Reply 1 "), .code, .literal(first), .literal("2 "), .code, .literal(second)]
    }
}
