package import Clinic
package import Outbound
import Wire

/// Messages to people's own systems: a signed POST to their URL, and a signed receipt back.
package struct WebhookGateway: OneRequestGateway {
    /// How it signs, and where receivers report.
    package struct Configuration: Sendable {
        package var secret: WebhookSecret
        /// Where receivers report, as they see it from outside. The attempt's id is added as the query `attempt`.
        package var statusCallback: String
        /// Whether receivers may live in private networks.
        package var admitsPrivatePeers: Bool

        package init(secret: WebhookSecret, statusCallback: String, admitsPrivatePeers: Bool = false) {
            self.secret = secret
            self.statusCallback = statusCallback
            self.admitsPrivatePeers = admitsPrivatePeers
        }
    }

    private let configuration: Configuration

    package init(_ configuration: Configuration) { self.configuration = configuration }

    package var name: String { "webhook" }
    package var kind: ContactKind { .webhook }
    package var capabilities: GatewayCapabilities { [.receipts, .idempotency, .manyPeers] }

    package func request(for attempt: GatewayAttempt) -> OutboundRequest {
        let base = configuration.statusCallback
        var json = JSONWriter()
        json.object { json in
            // A receiver that rings for pages keeps quiet for the weekly test.
            json.field("type", attempt.isSilent ? "contact.test" : "alert.page")
            json.field("timestamp", attempt.at.rfc3339)
            json.field(
                "data",
                object: { json in
                    json.field("attempt", attempt.id.description)
                    json.field("code", attempt.code?.description)
                    json.field("urgency", attempt.urgency.rawValue)
                    json.field("text", attempt.text)
                    json.field("receipt", base + (base.contains("?") ? "&" : "?") + "attempt=\(attempt.id)")
                })
        }
        let seconds = attempt.at.microseconds / 1_000_000
        // The message's id, not the attempt's: a receiver that has it already takes the repetition for one.
        let id = "msg_\(attempt.message)"
        var request = OutboundRequest(
            .post, attempt.to.text,
            headers: [
                HeaderField("Content-Type", "application/json"), HeaderField(WebhookSignature.idHeader, id),
                HeaderField(WebhookSignature.timestampHeader, String(seconds)),
                HeaderField(
                    WebhookSignature.header,
                    WebhookSignature.sign(
                        id: id, timestamp: seconds, body: json.bytes, secret: configuration.secret)),
            ],
            body: json.bytes)
        request.admitsPrivatePeers = configuration.admitsPrivatePeers
        return request
    }

    package func outcome(of result: OutboundResult) -> SubmitOutcome {
        let response: OutboundResponse
        switch result.answer {
        case .success(let answer): response = answer
        case .failure(let none): return none.outcome
        }
        let text = "http\(response.status)"
        // The receiver knows the message by the id that it was sent, and so does the hub.
        if response.isSuccess { return .accepted(providerID: text) }
        if response.status == 429 {
            return .rejected(DeliveryError(.rateLimited(retryAfter: response.retryAfter), code: text))
        }
        guard response.isRefusal else { return .unknown(code: text) }
        // 410 Gone is how a receiver unsubscribes; a receiver that refuses now would refuse again.
        return .rejected(DeliveryError(response.status == 410 ? .optedOut : .permanentAddress, code: text))
    }

    package func open(_ callback: GatewayCallback) throws(CallbackRefusal) -> CallbackContent {
        try WebhookSignature.verify(callback, secret: configuration.secret)
        // The attempt stands in what is signed, not in the URL alone: a receipt is about one message.
        guard let document = try? JSONReader.readObject(callback.body), let word = document["state"]?.stringValue,
            let attempt = document["attempt"]?.stringValue.flatMap({ AttemptID($0) }),
            callback.attempt.map({ $0 == attempt }) ?? true
        else { throw .malformed }
        guard let state = ReceiptWord.state(of: word) else { return CallbackContent() }
        return CallbackContent(events: [
            GatewayEvent(
                attempt: attempt, providerID: "", state: state,
                error: state.isFailure ? DeliveryError(.transient, code: "receiver") : nil,
                key: "\(attempt):\(state.rawValue)")
        ])
    }
}

/// What an app or a receiver says of a message that it was sent.
enum ReceiptWord {
    static func state(of word: String) -> DeliveryState? {
        switch word {
        case "DELIVERED": .delivered
        case "READ": .read
        case "FAILED": .undelivered
        default: nil
        }
    }
}
