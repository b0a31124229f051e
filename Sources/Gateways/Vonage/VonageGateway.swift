package import Clinic
import Cryptography
package import Outbound
import Wire

/// SMS by Vonage's Messages API (v1).
package struct VonageGateway: OneRequestGateway {
    private let configuration: VonageConfiguration

    package init(_ configuration: VonageConfiguration) { self.configuration = configuration }

    package var name: String { "vonage" }
    package var kind: ContactKind { .sms }
    package var capabilities: GatewayCapabilities { [.receipts, .validity, .inbound] }

    // MARK: Handing over

    package func request(for attempt: GatewayAttempt) -> OutboundRequest {
        var json = JSONWriter()
        json.object { json in
            json.field("channel", "sms")
            json.field("message_type", "text")
            json.field("to", String(attempt.to.text.drop { $0 == "+" }))
            json.field("from", configuration.from)
            json.field("text", attempt.text)
            json.field("ttl", attempt.validitySeconds)
            json.field("client_ref", attempt.id.description)
            json.field("webhook_url", configuration.statusCallback)
            json.field("webhook_version", "v1")
        }
        return OutboundRequest(
            .post, "\(configuration.baseURL)/v1/messages",
            headers: [
                HeaderField("Authorization", authorization(at: attempt.at)),
                HeaderField("Content-Type", "application/json"), HeaderField("Accept", "application/json"),
            ],
            body: json.bytes)
    }

    private func authorization(at now: Timestamp) -> String {
        switch configuration.credentials {
        case .basic(let key, let secret): return "Basic " + Base64.encode(Array("\(key):\(secret)".utf8))
        case .application(let id, let key):
            let seconds = now.microseconds / 1_000_000
            var claims = JSONWriter()
            claims.object { json in
                json.field("application_id", id)
                json.field("iat", seconds)
                json.field("exp", seconds + 300)
                json.field("jti", Hex.encode(SecureRandom.bytes(16)))
            }
            let header = Array(#"{"typ":"JWT","alg":"RS256"}"#.utf8)
            // A key that does not sign makes a request that is refused, and so is noticed.
            return "Bearer " + ((try? JWS.sign(header: header, payload: claims.bytes, key: key)) ?? "")
        }
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
            guard let id = document?["message_uuid"]?.stringValue, (1...64).contains(id.utf8.count) else {
                return .unknown(code: "noID")
            }
            return .accepted(providerID: id)
        }
        let code = VonageErrorCode.code(ofType: document?["type"]?.stringValue)
        let text = code.map(String.init) ?? "http\(response.status)"
        if response.status == 429 {
            return .rejected(DeliveryError(.rateLimited(retryAfter: response.retryAfter), code: text))
        }
        guard response.isRefusal else { return .unknown(code: text) }
        if let code, let known = VonageErrorCode.errorClass(of: code, retryAfter: response.retryAfter) {
            return .rejected(DeliveryError(known, code: text))
        }
        let isAccount = [401, 402, 403, 404].contains(response.status)
        return .rejected(DeliveryError(isAccount ? .configuration : .permanentContent, code: text))
    }

    // MARK: Callbacks

    package func open(_ callback: GatewayCallback) throws(CallbackRefusal) -> CallbackContent {
        try VonageSignature.verify(callback, key: configuration.signatureSecret)
        guard let document = try? JSONReader.readObject(callback.body),
            let message = document["message_uuid"]?.stringValue, (1...64).contains(message.utf8.count)
        else { throw .malformed }
        guard let status = document["status"]?.stringValue else { return try reply(document, message) }
        guard status.utf8.count <= 32 else { throw .malformed }
        guard let state = Self.state(of: status) else { return CallbackContent() }
        return CallbackContent(events: [
            GatewayEvent(
                attempt: document["client_ref"]?.stringValue.flatMap { AttemptID($0) }, providerID: message,
                state: state, error: state.isFailure ? Self.error(document["error"]) : nil,
                key: "\(message):\(status)")
        ])
    }

    private func reply(_ document: JSONObject, _ message: String) throws(CallbackRefusal) -> CallbackContent {
        guard let from = document["from"]?.stringValue, let text = document["text"]?.stringValue,
            let number = PhoneNumber(from.hasPrefix("+") ? from : "+\(from)")
        else { throw .malformed }
        return CallbackContent(texts: [
            InboundText(
                from: number, to: document["to"]?.stringValue ?? "", text: text, providerID: message, key: message)
        ])
    }

    private static func error(_ error: JSONValue?) -> DeliveryError {
        let code =
            VonageErrorCode.code(ofType: error?["type"]?.stringValue)
            ?? error?["title"]?.stringValue.flatMap { Int($0) }
            ?? error?["title"]?.integerValue.flatMap {
                Int(exactly: $0)
            }
        return DeliveryError(
            code.flatMap { VonageErrorCode.errorClass(of: $0) } ?? .transient,
            code: code.map(String.init) ?? "unspecified")
    }

    private static func state(of status: String) -> DeliveryState? {
        switch status {
        case "submitted": .sent
        case "delivered": .delivered
        case "read": .read
        case "rejected": .failed
        case "undeliverable": .undelivered
        default: nil
        }
    }
}
