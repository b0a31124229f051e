import Clinic
import Cryptography
import Outbound
import Platform
import Wire

/// A person's own system that takes the hub's webhooks at `/webhook`, or below it, and sends signed receipts.
struct LocalWebhook: LocalDialect {
    let configuration: LocalGatewayConfiguration

    var name: String { "webhook" }

    func text(of request: HTTPRequest, id: String, at now: WallTime) throws(LocalGatewayError) -> SentText? {
        guard request.head.path == "/webhook" || request.head.path.hasPrefix("/webhook/") else { return nil }
        guard request.head.method == .post else { throw .methodNotAllowed }
        guard let secret = configuration.webhookSecret else { throw .unauthorized }
        do throws(CallbackRefusal) {
            try WebhookSignature.verify(
                GatewayCallback(
                    target: request.head.path, fields: request.head.fields, body: request.body,
                    receivedAt: .init(microseconds: now.microseconds)), secret: secret)
        } catch {
            throw .unauthorized
        }
        guard let data = (try? JSONReader.readObject(request.body))?["data"], let text = data["text"]?.stringValue
        else { throw .badRequest(400, "data") }
        return SentText(
            sid: id, dialect: name, accountSid: "", at: now, to: request.head.path, from: "", body: text,
            callbackURL: data["receipt"]?.stringValue, attempt: data["attempt"]?.stringValue)
    }

    func accepted(_ text: SentText) -> HTTPResponse { HTTPResponse(.noContent) }

    func refusal(_ error: LocalGatewayError) -> HTTPResponse {
        error.kind == .optedOut ? HTTPResponse(.gone) : error.response { json in json.field("error", error.message) }
    }

    func callback(_ callback: PlannedCallback, of text: SentText, at now: WallTime) -> OutboundRequest? {
        guard callback.status != "sent", let url = text.callbackURL, let secret = configuration.webhookSecret else {
            return nil
        }
        let state = callback.status == "delivered" ? "DELIVERED" : "FAILED"
        let body = Array(#"{"attempt":"\#(text.attempt ?? "")","state":"\#(state)"}"#.utf8)
        let seconds = now.secondsSince1970
        let signature = WebhookSignature.sign(id: text.sid, timestamp: seconds, body: body, secret: secret)
        return .json(
            url, body,
            [
                HeaderField(WebhookSignature.idHeader, text.sid),
                HeaderField(WebhookSignature.timestampHeader, String(seconds)),
                HeaderField(WebhookSignature.header, signature),
            ])
    }
}
