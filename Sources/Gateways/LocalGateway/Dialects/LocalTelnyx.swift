import Clinic
import Cryptography
import Outbound
import Platform
import Wire

/// Telnyx' messaging API: JSON both ways, a bearer, webhooks signed by Ed25519.
struct LocalTelnyx: LocalDialect {
    let configuration: LocalGatewayConfiguration

    var name: String { "telnyx" }

    func text(of request: HTTPRequest, id: String, at now: WallTime) throws(LocalGatewayError) -> SentText? {
        guard request.head.path == "/v2/messages" else { return nil }
        guard request.head.method == .post else { throw .methodNotAllowed }
        guard let bearer = request.head.credentials(scheme: "Bearer"),
            constantTimeEquals(Array(bearer.utf8), Array(configuration.authToken.utf8))
        else { throw .unauthorized }
        guard let json = try? JSONReader.readObject(request.body), let to = json["to"]?.stringValue,
            let from = json["from"]?.stringValue, let text = json["text"]?.stringValue, !text.isEmpty
        else { throw .badRequest(10015, "Bad Request") }
        guard PhoneNumber(to) != nil else { throw .invalidNumber }
        let url = json["webhook_url"]?.stringValue
        return SentText(
            sid: id, dialect: name, accountSid: "", at: now, to: to, from: from, body: text, callbackURL: url,
            attempt: SentText.attempt(inQueryOf: url))
    }

    func accepted(_ text: SentText) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field(
                "data",
                object: { json in
                    json.field("record_type", "message")
                    json.field("direction", "outbound")
                    json.field("id", text.sid)
                    json.field("type", "SMS")
                    json.field("text", text.body)
                    to(text, status: "queued", &json)
                })
        }
        return .json(.ok, json.bytes)
    }

    func refusal(_ error: LocalGatewayError) -> HTTPResponse {
        let code =
            switch (error.kind, error.status) {
            case (.invalidNumber, _): "40310"
            case (.optedOut, _): "40300"
            case (_, .tooManyRequests): "10011"
            case (_, .unauthorized): "10009"
            default: "10015"
            }
        return error.response { json in
            json.field(
                "errors",
                array: { json in
                    json.object { json in
                        json.field("code", code)
                        json.field("title", error.message)
                    }
                })
        }
    }

    func callback(_ callback: PlannedCallback, of text: SentText, at now: WallTime) -> OutboundRequest? {
        guard let url = text.callbackURL else { return nil }
        let (status, code) =
            switch callback.status {
            case "sent": ("sent", "")
            case "delivered": ("delivered", "")
            case "failed": ("sending_failed", "40001")
            default: ("delivery_failed", "40008")
            }
        return event(
            callback.status == "sent" ? "message.sent" : "message.finalized", id: "\(text.sid)-\(callback.status)",
            to: url, at: now
        ) { json in
            json.field("id", text.sid)
            json.field("direction", "outbound")
            to(text, status: status, &json)
            json.field(
                "errors",
                array: { json in
                    if !code.isEmpty { json.object { json in json.field("code", code) } }
                })
        }
    }

    func reply(_ reply: LocalReply, at now: WallTime) -> OutboundRequest? {
        event("message.received", id: "\(reply.id)-received", to: reply.url, at: now) { json in
            json.field("id", reply.id)
            json.field("direction", "inbound")
            json.field("from", object: { json in json.field("phone_number", reply.from) })
            json.field(
                "to", array: { json in json.object { json in json.field("phone_number", reply.to) } })
            json.field("text", reply.text)
        }
    }

    private func to(_ text: SentText, status: String, _ json: inout JSONWriter) {
        json.field(
            "to",
            array: { json in
                json.object { json in
                    json.field("phone_number", text.to)
                    json.field("status", status)
                }
            })
    }

    private func event(
        _ type: String, id: String, to url: String, at now: WallTime, payload: (inout JSONWriter) -> Void
    ) -> OutboundRequest? {
        var json = JSONWriter()
        json.object { json in
            json.field(
                "data",
                object: { json in
                    json.field("event_type", type)
                    json.field("id", id)
                    json.field("occurred_at", now.rfc3339)
                    json.field("payload", object: payload)
                })
        }
        let timestamp = String(now.secondsSince1970)
        let message = TelnyxSignature.message(timestamp: timestamp, body: json.bytes)
        guard let signature = try? configuration.telnyxKey?.signature(of: message) else { return nil }
        return .json(
            url, json.bytes,
            [
                HeaderField(TelnyxSignature.header, Base64.encode(signature)),
                HeaderField(TelnyxSignature.timestampHeader, timestamp),
            ])
    }
}
