import Clinic
import Cryptography
import Outbound
import Platform
import Wire

/// Vonage's Messages API: JSON both ways, Basic credentials or an application's token, webhooks that bear a token.
struct LocalVonage: LocalDialect {
    let configuration: LocalGatewayConfiguration

    var name: String { "vonage" }

    func text(of request: HTTPRequest, id: String, at now: WallTime) throws(LocalGatewayError) -> SentText? {
        guard request.head.path == "/v1/messages" else { return nil }
        guard request.head.method == .post else { throw .methodNotAllowed }
        guard isAuthorized(request.head) else { throw .unauthorized }
        guard let json = try? JSONReader.readObject(request.body), json["channel"]?.stringValue == "sms",
            let to = json["to"]?.stringValue, let from = json["from"]?.stringValue,
            let text = json["text"]?.stringValue, !text.isEmpty
        else { throw .badRequest(1020, "Invalid params") }
        guard PhoneNumber("+\(to)") != nil else { throw .invalidNumber }
        return SentText(
            sid: id, dialect: name, accountSid: "", at: now, to: "+\(to)", from: from, body: text,
            callbackURL: json["webhook_url"]?.stringValue, attempt: json["client_ref"]?.stringValue)
    }

    /// An application's token is believed by its form: its key is the hub's own.
    private func isAuthorized(_ head: HTTPRequestHead) -> Bool {
        if let bearer = head.credentials(scheme: "Bearer") { return JWS.split(bearer) != nil }
        guard let credentials = head.credentials(scheme: "Basic").flatMap({ Base64.decode($0) }),
            let colon = credentials.firstIndex(of: UInt8(ascii: ":"))
        else { return false }
        return constantTimeEquals(Array(credentials[(colon + 1)...]), Array(configuration.authToken.utf8))
    }

    func accepted(_ text: SentText) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in json.field("message_uuid", text.sid) }
        return .json(.accepted, json.bytes)
    }

    func refusal(_ error: LocalGatewayError) -> HTTPResponse {
        let code =
            switch (error.kind, error.status) {
            case (.invalidNumber, _): 1170
            case (.optedOut, _): 1240
            case (_, .tooManyRequests): 1000
            default: 1020
            }
        return error.response { json in
            json.field("type", "https://developer.vonage.com/api-errors/messages#\(code)")
            json.field("title", error.message)
        }
    }

    func callback(_ callback: PlannedCallback, of text: SentText, at now: WallTime) -> OutboundRequest? {
        guard let url = text.callbackURL else { return nil }
        let (status, code) =
            switch callback.status {
            case "sent": ("submitted", 0)
            case "delivered": ("delivered", 0)
            case "failed": ("rejected", 1170)
            default: ("undeliverable", 1180)
            }
        var json = JSONWriter()
        json.object { json in
            json.field("message_uuid", text.sid)
            json.field("to", String(text.to.dropFirst()))
            json.field("from", text.from)
            json.field("timestamp", now.rfc3339)
            json.field("status", status)
            json.field("client_ref", text.attempt)
            json.field("channel", "sms")
            if code != 0 {
                json.field(
                    "error",
                    object: { json in
                        json.field("type", "https://developer.vonage.com/api-errors/messages#\(code)")
                        json.field("title", String(code))
                    })
            }
        }
        return signed(json.bytes, to: url, id: "\(text.sid)-\(status)", at: now)
    }

    func reply(_ reply: LocalReply, at now: WallTime) -> OutboundRequest? {
        var json = JSONWriter()
        json.object { json in
            json.field("channel", "sms")
            json.field("message_uuid", reply.id)
            json.field("to", String(reply.to.drop { $0 == "+" }))
            json.field("from", String(reply.from.drop { $0 == "+" }))
            json.field("timestamp", now.rfc3339)
            json.field("text", reply.text)
            json.field("message_type", "text")
        }
        return signed(json.bytes, to: reply.url, id: reply.id, at: now)
    }

    private func signed(_ body: [UInt8], to url: String, id: String, at now: WallTime) -> OutboundRequest? {
        guard let key = try? HS256Key(ofPeer: Array(configuration.authToken.utf8)) else { return nil }
        let token = VonageSignature.token(body: body, issuedAt: now.secondsSince1970, id: id, key: key)
        return .json(url, body, [HeaderField("Authorization", "Bearer \(token)")])
    }
}
