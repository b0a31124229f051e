package import Clinic
import Cryptography
package import Outbound
import Wire

/// SMS by Telnyx' messaging API (v2).
package struct TelnyxGateway: OneRequestGateway {
    private let configuration: TelnyxConfiguration

    package init(_ configuration: TelnyxConfiguration) { self.configuration = configuration }

    package var name: String { "telnyx" }
    package var kind: ContactKind { .sms }
    package var capabilities: GatewayCapabilities { [.receipts, .inbound] }

    // MARK: Handing over

    package func request(for attempt: GatewayAttempt) -> OutboundRequest {
        var json = JSONWriter()
        json.object { json in
            json.field("to", attempt.to.text)
            json.field("from", configuration.from.e164)
            json.field("text", attempt.text)
            json.field("type", "SMS")
            json.field("webhook_url", callbackURL(of: attempt.id))
            json.field("use_profile_webhooks", false)
        }
        return OutboundRequest(
            .post, "\(configuration.baseURL)/v2/messages",
            headers: [
                HeaderField("Authorization", "Bearer \(configuration.apiKey)"),
                HeaderField("Content-Type", "application/json"), HeaderField("Accept", "application/json"),
            ],
            body: json.bytes)
    }

    private func callbackURL(of attempt: AttemptID) -> String {
        let base = configuration.statusCallback
        return base + (base.contains("?") ? "&" : "?") + "attempt=\(attempt)"
    }

    // MARK: The answer

    package func outcome(of result: OutboundResult) -> SubmitOutcome {
        switch result.answer {
        case .success(let response): outcome(of: response)
        case .failure(let none): none.outcome
        }
    }

    private func outcome(of response: OutboundResponse) -> SubmitOutcome {
        let document = try? JSONReader.readObject(response.body)
        if response.isSuccess {
            guard let id = document?["data"]?["id"]?.stringValue, Self.isID(id) else { return .unknown(code: "noID") }
            return .accepted(providerID: id)
        }
        let code = Self.code(document?["errors"])
        let text = code.map(String.init) ?? "http\(response.status)"
        if response.status == 429 {
            return .rejected(DeliveryError(.rateLimited(retryAfter: response.retryAfter), code: text))
        }
        guard response.isRefusal else { return .unknown(code: text) }
        if let code, let known = TelnyxErrorCode.errorClass(of: code, retryAfter: response.retryAfter) {
            return .rejected(DeliveryError(known, code: text))
        }
        let isAccount = [401, 402, 403, 404].contains(response.status)
        return .rejected(DeliveryError(isAccount ? .configuration : .permanentContent, code: text))
    }

    /// The first of a list of errors; Telnyx writes codes as texts.
    private static func code(_ errors: JSONValue?) -> Int? { errors?[0]?["code"]?.stringValue.flatMap { Int($0) } }

    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    // MARK: Callbacks

    package func open(_ callback: GatewayCallback) throws(CallbackRefusal) -> CallbackContent {
        try TelnyxSignature.verify(callback, key: configuration.publicKey)
        guard let data = (try? JSONReader.readObject(callback.body))?["data"],
            let type = data["event_type"]?.stringValue, let event = data["id"]?.stringValue, Self.isID(event),
            let payload = data["payload"], let message = payload["id"]?.stringValue, Self.isID(message)
        else { throw .malformed }
        switch type {
        case "message.sent", "message.finalized":
            return try report(payload, message, event: event, attempt: callback.attempt)
        case "message.received": return try reply(payload, message)
        default: return CallbackContent()
        }
    }

    private func report(
        _ payload: JSONValue, _ message: String, event: String, attempt: AttemptID?
    ) throws(CallbackRefusal) -> CallbackContent {
        guard let status = payload["to"]?[0]?["status"]?.stringValue else { throw .malformed }
        guard let state = Self.state(of: status) else { return CallbackContent() }
        let code = Self.code(payload["errors"])
        let error =
            state.isFailure
            ? DeliveryError(
                code.flatMap { TelnyxErrorCode.errorClass(of: $0) } ?? .transient,
                code: code.map(String.init) ?? status) : nil
        return CallbackContent(events: [
            GatewayEvent(attempt: attempt, providerID: message, state: state, error: error, key: event)
        ])
    }

    private func reply(_ payload: JSONValue, _ message: String) throws(CallbackRefusal) -> CallbackContent {
        guard let from = payload["from"]?["phone_number"]?.stringValue.flatMap({ PhoneNumber($0) }),
            let text = payload["text"]?.stringValue
        else { throw .malformed }
        return CallbackContent(texts: [
            InboundText(
                from: from, to: payload["to"]?[0]?["phone_number"]?.stringValue ?? "", text: text,
                providerID: message, key: message)
        ])
    }

    private static func state(of status: String) -> DeliveryState? {
        switch status {
        case "queued", "sending": .accepted
        // The carrier took it and will never say more.
        case "sent", "delivery_unconfirmed": .sent
        case "delivered": .delivered
        case "sending_failed": .failed
        case "delivery_failed", "expired": .undelivered
        default: nil
        }
    }
}
