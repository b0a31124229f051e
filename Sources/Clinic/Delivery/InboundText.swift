/// A text that somebody sent to the hub's number, as a gateway passed it on and signed for. Not yet believed to come from
/// a member of staff: a sender's number can be feigned, so what it says counts only with a live code.
package struct InboundText: Equatable, Sendable {
    package let from: PhoneNumber
    /// Which of the hub's numbers it came to.
    package let to: String
    /// At most 1,600 characters, as they were typed. May hold anything: never logged, never kept as it is.
    package let text: String
    /// What the gateway says it is; nil where it says nothing, and then the text itself may be a keyword.
    package let gatewayKeyword: CarrierKeyword?
    /// The gateway's id of the text.
    package let providerID: String
    /// Equal for repetitions of one text: a text is acted on once.
    package let key: String

    package init(
        from: PhoneNumber, to: String, text: String, gatewayKeyword: CarrierKeyword? = nil, providerID: String,
        key: String
    ) {
        self.from = from
        self.to = to
        self.text = String(text.prefix(Self.maximumLength))
        self.gatewayKeyword = gatewayKeyword
        self.providerID = providerID
        self.key = key
    }

    package static let maximumLength = 1_600

    /// The carriers' own word that this text is, by the gateway's judgement or by its text.
    package var keyword: CarrierKeyword? { gatewayKeyword ?? CarrierKeyword(text: text) }
}

/// The words that carriers and gateways act on by themselves, whoever sends them; none of them may mean anything else
/// to the hub.
package enum CarrierKeyword: String, CaseIterable, Hashable, Sendable {
    /// The number gets no more texts, by law and by the carrier.
    case stop = "STOP"
    /// It gets texts again.
    case start = "START"
    case help = "HELP"

    /// A text that is one of the words alone, in either case, with blanks and a full stop around it.
    package init?(text: String) {
        var word = text.utf8.drop { $0 <= 0x20 }[...]
        while let last = word.last, last <= 0x20 || last == UInt8(ascii: ".") || last == UInt8(ascii: "!") {
            word.removeLast()
        }
        guard word.count <= 12 else { return nil }
        let upper = String(
            decoding: word.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
        switch upper {
        case "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT":
            self = .stop
        case "START", "UNSTOP", "YES": self = .start
        case "HELP", "INFO": self = .help
        default: return nil
        }
    }
}
