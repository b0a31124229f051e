import Clinic
import Wire

extension ClientMessage {
    /// Reads one text message.
    ///
    /// Fields that the message type does not have are refused, so that a misspelt `since` cannot lose events.
    package init(reading bytes: [UInt8]) throws(ClientMessageError) {
        let limits = JSONLimits(
            maximumBytes: ClientMessageLimits.maximumBytes, maximumDepth: ClientMessageLimits.maximumDepth)
        let object: JSONObject
        do {
            object = try JSONReader.readObject(bytes, limits: limits)
        } catch {
            throw ClientMessageError(tag: nil, code: .badRequest, message: "not JSON: \(error)")
        }
        try self.init(object)
    }

    private init(_ object: JSONObject) throws(ClientMessageError) {
        var tag: MessageTag?
        do {
            tag = try Self.tag(of: object)
            let type: MessageType = try object.choice("type")
            try object.allowOnly(type.fields)
            self.init(tag: tag, body: try Self.body(type, object))
        } catch {
            let code: ErrorCode = error.field == "channel" && object["channel"] != nil ? .unknownChannel : .badRequest
            throw ClientMessageError(tag: tag, code: code, message: error.description)
        }
    }

    private enum MessageType: String, CaseIterable {
        case authenticate, subscribe, unsubscribe, receipt, refresh, ping
        case acknowledge, decline, unaccept, progress, escalate, snooze, close, reopen

        var fields: Set<String> {
            switch self {
            case .authenticate, .refresh: ["type", "id", "token"]
            case .subscribe: ["type", "id", "channel", "since"]
            case .unsubscribe: ["type", "id", "channel"]
            case .receipt: ["type", "id", "channel", "seq", "stage"]
            case .ping: ["type", "id"]
            case .acknowledge, .decline, .unaccept, .progress, .escalate, .snooze, .close, .reopen:
                act.map { AlertAct.fields(of: $0).union(["type", "id", "alertId"]) } ?? []
            }
        }

        var act: AlertAct.Kind? { AlertAct.Kind(rawValue: rawValue) }
    }

    private static func body(_ type: MessageType, _ object: JSONObject) throws(JSONFieldError) -> Body {
        switch type {
        case .authenticate: .authenticate(token: try token(of: object))
        case .subscribe: .subscribe(channel: try channel(of: object), since: try position(in: object))
        case .unsubscribe: .unsubscribe(channel: try channel(of: object))
        case .receipt:
            .receipt(
                channel: try channel(of: object), seq: try object.integer("seq", in: 1 ... .max),
                stage: try object.choice("stage"))
        case .refresh: .refresh(token: try token(of: object))
        case .ping: .ping
        case .acknowledge: .act(.acknowledge, on: try alert(of: object))
        case .decline: .act(try AlertAct(.decline, object), on: try alert(of: object))
        case .unaccept: .act(try AlertAct(.unaccept, object), on: try alert(of: object))
        case .progress: .act(.progress, on: try alert(of: object))
        case .escalate: .act(.escalate, on: try alert(of: object))
        case .snooze: .act(try AlertAct(.snooze, object), on: try alert(of: object))
        case .close: .act(try AlertAct(.close, object), on: try alert(of: object))
        case .reopen: .act(.reopen, on: try alert(of: object))
        }
    }

    private static func tag(of object: JSONObject) throws(JSONFieldError) -> MessageTag? {
        if case .integer(let number) = object["id"] { return .number(number) }
        let text = try object.optionalString("id", minLength: 1, maxLength: ClientMessageLimits.maximumTagLength)
        return text.map(MessageTag.text)
    }

    private static func token(of object: JSONObject) throws(JSONFieldError) -> String {
        try object.string("token", minLength: 1, maxLength: ClientMessageLimits.maximumTokenLength)
    }

    private static func channel(of object: JSONObject) throws(JSONFieldError) -> ChannelName {
        try object.parsed("channel", as: "clinic:<uuid>") { ChannelName($0) }
    }

    private static func alert(of object: JSONObject) throws(JSONFieldError) -> AlertID {
        try object.parsed("alertId", as: "uuid") { AlertID($0) }
    }

    private static func position(in object: JSONObject) throws(JSONFieldError) -> Position? {
        guard let since = try object.optionalObject("since") else { return nil }
        try since.allowOnly(["epoch", "seq"])
        return Position(
            epoch: try since.parsed("epoch", as: "uuid") { EpochID($0) },
            seq: try since.integer("seq", in: 0 ... .max))
    }
}
