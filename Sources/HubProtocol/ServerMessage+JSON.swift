import Clinic
import Wire

extension ServerMessage {
    /// The whole payload of the text frame.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in writeFields(to: &json) }
        return writer.bytes
    }

    private func writeFields(to json: inout JSONWriter) {
        switch self {
        case .welcome(let welcome): welcome.write(to: &json)
        case .subscribed(let subscribed): subscribed.write(to: &json)
        case .heartbeat(let serverTime, let heads, let lateness):
            json.field("type", "heartbeat")
            json.field("serverTime", serverTime.rfc3339)
            json.field(
                "channels",
                object: { json in
                    for head in heads { json.field(head.channel.description, head.seq) }
                })
            if let lateness { json.field("escalationLateSeconds", lateness.components.seconds) }
        case .reply(let tag, let reply):
            json.field("type", "reply")
            json.field(tag: tag)
            reply.write(to: &json)
        case .error(let tag, let code, let message):
            json.field("type", "error")
            json.field(tag: tag)
            json.field("code", code.rawValue)
            json.field("name", code.name)
            json.field("temporary", code.isTemporary)
            json.field("message", message)
        case .tokenExpiring(let at):
            json.field("type", "token_expiring")
            json.field("expiresAt", at.rfc3339)
        }
    }
}

extension Welcome {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("type", "welcome")
        json.field("protocol", ServerMessage.subprotocol)
        json.field("sessionId", session.description)
        json.field("serverTime", serverTime.rfc3339)
        json.field("heartbeatSeconds", value: heartbeat.jsonSeconds)
        if let tokenExpiresAt { json.field("tokenExpiresAt", tokenExpiresAt.rfc3339) }
        json.field(
            "limits",
            object: { json in
                json.field("maxMessageBytes", maximumMessageBytes)
                json.field("maxChannels", maximumChannels)
            })
    }
}

extension Subscribed {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("type", "subscribed")
        json.field(tag: tag)
        json.field("channel", channel.description)
        json.field("epoch", position.epoch.description)
        json.field("seq", position.seq)
        if let firstWaits {
            json.field(
                "escalationWaitSeconds",
                object: { json in
                    for urgency in UrgencyLevel.allCases {
                        json.field(urgency.rawValue, value: firstWaits[urgency]?.jsonSeconds ?? .null)
                    }
                })
        }
        switch recovery {
        case .recovered: json.field("recovered", true)
        case .snapshot(let alerts, let isTruncated):
            json.field("recovered", false)
            json.field(
                "snapshot",
                array: { json in
                    for alert in alerts { json.object { json in alert.write(to: &json) } }
                })
            if isTruncated { json.field("truncated", true) }
        }
    }
}

extension OpenAlert {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("alertId", alert.description)
        json.field("urgencyLevel", urgency.rawValue)
        json.field("room", room)
        json.field("patientName", patientName.disclosed(to: .clinicScreens))
        json.field("status", status.rawValue)
        json.field("createdAt", createdAt.rfc3339)
        if let escalatesAt { json.field("escalatesAt", escalatesAt.rfc3339) }
        json.field("step", step)
        json.field("isExhausted", isExhausted)
        if let snoozedUntil { json.field("snoozedUntil", snoozedUntil.rfc3339) }
        if let hold { json.field("hold", hold.rawValue) }
    }
}

extension Reply {
    /// `to` names the message that is answered, for clients that give no `id`.
    fileprivate func write(to json: inout JSONWriter) {
        switch self {
        case .unsubscribed(let channel):
            json.field("to", "unsubscribe")
            json.field("channel", channel.description)
        case .authenticated(let expiresAt):
            json.field("to", "authenticate")
            if let expiresAt { json.field("tokenExpiresAt", expiresAt.rfc3339) }
        case .acted(let act, let alert, let status):
            json.field("to", act.rawValue)
            json.field("alertId", alert.description)
            json.field("status", status.rawValue)
        case .pong(let serverTime):
            json.field("to", "ping")
            json.field("serverTime", serverTime.rfc3339)
        }
    }
}

extension JSONWriter {
    /// The client's `id` as it came; nothing where it gave none.
    fileprivate mutating func field(tag: MessageTag?) {
        switch tag {
        case .number(let number): field("id", number)
        case .text(let text): field("id", text)
        case nil: break
        }
    }
}

extension Duration {
    /// Seconds as a JSON number: whole where they are, else with a fraction.
    fileprivate var jsonSeconds: JSONValue {
        let (seconds, attoseconds) = components
        return attoseconds == 0 ? .integer(seconds) : .number(Double(seconds) + Double(attoseconds) / 1e18)
    }
}
