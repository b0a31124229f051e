package import Clinic

/// One message of a client, read and checked.
package struct ClientMessage: Equatable, Sendable {
    /// The `id` that the client gave it, to be echoed in the answer.
    package let tag: MessageTag?
    package let body: Body

    package init(tag: MessageTag?, body: Body) {
        self.tag = tag
        self.body = body
    }

    /// What the client wants.
    package enum Body: Equatable, Sendable {
        case authenticate(token: String)
        /// With a position: everything after it, in order, or an answer with `recovered:false`.
        case subscribe(channel: ChannelName, since: Position?)
        case unsubscribe(channel: ChannelName)
        case receipt(channel: ChannelName, seq: Int64, stage: ReceiptStage)
        case act(AlertAct, on: AlertID)
        case refresh(token: String)
        case ping
    }
}

/// How far an event came on a screen; stored as its raw value.
package enum ReceiptStage: String, CaseIterable, Hashable, Sendable {
    /// The program has it.
    case received
    /// It was drawn while somebody could see it.
    case rendered
}

/// The `id` of a client's message: a whole number or a text of at most 64 characters, echoed as it came.
package enum MessageTag: Hashable, Sendable {
    case number(Int64)
    case text(String)
}

/// A message that cannot be served: what to answer. Holds nothing of the message but its `id` and a field's name.
package struct ClientMessageError: Error, Equatable {
    package let tag: MessageTag?
    package let code: ErrorCode
    /// A sentence for the person who writes the client.
    package let message: String

    package init(tag: MessageTag?, code: ErrorCode, message: String) {
        self.tag = tag
        self.code = code
        self.message = message
    }
}

/// The bounds of a client's message; what does not fit is a `badRequest`.
package enum ClientMessageLimits {
    /// Bytes of one message. Before authentication the transport allows less.
    package static let maximumBytes = 65_536
    /// Arrays and objects around a value; the deepest message has 2.
    package static let maximumDepth = 4
    /// Unicode scalars of a token.
    package static let maximumTokenLength = 8_192
    /// Unicode scalars of an `id` that is text.
    package static let maximumTagLength = 64
}
