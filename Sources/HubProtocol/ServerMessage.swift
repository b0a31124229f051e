package import Clinic

/// What the hub says to one client; `event`, which it says to many, is `EventMessage`.
package enum ServerMessage: Equatable, Sendable {
    /// The session is authenticated and may subscribe.
    case welcome(Welcome)
    /// The subscription stands; the events after its position follow.
    case subscribed(Subscribed)
    /// The newest event of each subscribed channel, so that a gap shows; `lateness` where escalation does not work in time.
    case heartbeat(serverTime: Timestamp, heads: [ChannelHead], lateness: Duration? = nil)
    /// A client's message was done; for `acknowledge` that means committed.
    case reply(tag: MessageTag?, Reply)
    /// A client's message was not done, or something of the session's own failed.
    case error(tag: MessageTag?, code: ErrorCode, message: String)
    /// The token ends soon: send `refresh`, or the session is closed with 3005.
    case tokenExpiring(at: Timestamp)

    /// The subprotocol that this is, as the handshake negotiates it.
    package static let subprotocol = "alert-hub.v1"
}

/// The first message of a session.
package struct Welcome: Equatable, Sendable {
    package let session: SessionID
    package let serverTime: Timestamp
    /// The longest time between two messages of the hub; a client that hears nothing for twice as long reconnects.
    package let heartbeat: Duration
    /// When the session's token ends; `nil` if it does not.
    package let tokenExpiresAt: Timestamp?
    /// The largest message that the hub takes.
    package let maximumMessageBytes: Int
    /// The most channels that the session may subscribe to at a time.
    package let maximumChannels: Int

    package init(
        session: SessionID, serverTime: Timestamp, heartbeat: Duration, tokenExpiresAt: Timestamp?,
        maximumMessageBytes: Int, maximumChannels: Int
    ) {
        self.session = session
        self.serverTime = serverTime
        self.heartbeat = heartbeat
        self.tokenExpiresAt = tokenExpiresAt
        self.maximumMessageBytes = maximumMessageBytes
        self.maximumChannels = maximumChannels
    }
}

/// The answer to `subscribe`.
package struct Subscribed: Equatable, Sendable {
    package let tag: MessageTag?
    package let channel: ChannelName
    /// For a recovery the position that the client presented, after which its events follow; for a snapshot the place in
    /// history that it was taken at.
    package let position: Position
    package let recovery: Recovery
    /// How long the first step waits by urgency, so that a screen can count down a new alert; `nil` to leave it out.
    package let firstWaits: PerUrgency<Duration?>?

    package init(
        tag: MessageTag?, channel: ChannelName, position: Position, recovery: Recovery,
        firstWaits: PerUrgency<Duration?>? = nil
    ) {
        self.tag = tag
        self.channel = channel
        self.position = position
        self.recovery = recovery
        self.firstWaits = firstWaits
    }

    /// How the client comes to the present state.
    package enum Recovery: Equatable, Sendable {
        /// Every event after the client's position follows, in order (`recovered:true`).
        case recovered
        /// The client must drop what it knows and take this (`recovered:false`); `isTruncated` where there is more.
        case snapshot([OpenAlert], isTruncated: Bool = false)
    }
}

/// A channel and its newest event.
package struct ChannelHead: Hashable, Sendable {
    package let channel: ChannelName
    package let seq: Int64

    package init(channel: ChannelName, seq: Int64) {
        self.channel = channel
        self.seq = seq
    }
}

/// What was done.
package enum Reply: Equatable, Sendable {
    case unsubscribed(ChannelName)
    /// Answers `authenticate` and `refresh`.
    case authenticated(expiresAt: Timestamp?)
    /// The act is committed; the status is the alert's now.
    case acted(AlertAct.Kind, AlertID, status: AlertStatus)
    case pong(serverTime: Timestamp)
}
