package import Clinic
import Cryptography
package import Outbound
import Platform
import Wire

/// Push messages by Firebase Cloud Messaging's HTTP v1 API.
///
/// An accepted message is not a delivered one: the app posts to the `receipt` URL that the message carries, whose tag
/// proves that the hub made it. The app needs no log-in for that, and learns nothing by it.
package struct FCMGateway: Gateway {
    /// Whose messages they are, and where apps report.
    package struct Configuration: Sendable {
        package var account: ServiceAccount
        /// Where the API is, without a trailing slash.
        package var baseURL: String
        /// Where apps report, as they see it from outside.
        package var statusCallback: String

        package init(
            account: ServiceAccount, baseURL: String = "https://fcm.googleapis.com", statusCallback: String
        ) {
            self.account = account
            self.baseURL = baseURL
            self.statusCallback = statusCallback
        }
    }

    private let configuration: Configuration
    private let tokens: AccessTokenSource
    /// Signs the receipts' URLs; nobody but the hub has it.
    private let receiptKey: [UInt8]

    package init(_ configuration: Configuration) {
        self.configuration = configuration
        tokens = AccessTokenSource(configuration.account)
        let signature = try? configuration.account.key.signature(of: Array("alert-hub receipts".utf8))
        // An RSA signature of PKCS #1 is the same each time, so every hub with this account has the same key.
        receiptKey = SHA256.hash(signature ?? SecureRandom.bytes(32))
    }

    package var name: String { "fcm" }
    package var kind: ContactKind { .push }
    package var capabilities: GatewayCapabilities { [.receipts, .validity] }

    // MARK: Handing over

    package func submit(
        _ attempt: GatewayAttempt, through client: OutboundClient, deadline: Duration
    ) async -> SubmitOutcome {
        let end = MonotonicTime.now().advanced(by: deadline)
        var result = SubmitOutcome.unknown(code: "noAccessToken")
        // A token that FCM refuses is asked for anew, once: the refused message was not taken.
        for round in 1...2 {
            switch await tokens.token(
                at: attempt.at, through: client, deadline: MonotonicTime.now().duration(to: end))
            {
            case .failure(let failure): return .rejected(failure.error)
            case .success(let token):
                let answer = await client.perform(
                    request(for: attempt, token: token), deadline: MonotonicTime.now().duration(to: end))
                result = outcome(of: answer)
                guard Self.isUnauthorized(answer) else { return result }
                tokens.forget(token)
                if round == 2 { return result }
            }
        }
        return result
    }

    package func request(for attempt: GatewayAttempt, token: String) -> OutboundRequest {
        OutboundRequest(
            .post, "\(configuration.baseURL)/v1/projects/\(configuration.account.projectID)/messages:send",
            headers: [
                HeaderField("Authorization", "Bearer \(token)"), HeaderField("Content-Type", "application/json"),
            ],
            body: FCMMessage.json(attempt, receipt: receiptURL(of: attempt.id)))
    }

    /// Where the app reports about this attempt.
    package func receiptURL(of attempt: AttemptID) -> String {
        let base = configuration.statusCallback
        return base + (base.contains("?") ? "&" : "?") + "attempt=\(attempt)&tag=\(Base64.encodeURL(tag(of: attempt)))"
    }

    private func tag(of attempt: AttemptID) -> [UInt8] {
        Array(HMAC.sha256(key: receiptKey, message: Array(attempt.description.utf8)).prefix(16))
    }

    // MARK: The answer

    package func outcome(of result: OutboundResult) -> SubmitOutcome {
        let response: OutboundResponse
        switch result.answer {
        case .success(let answer): response = answer
        case .failure(let none): return none.outcome
        }
        let document = try? JSONReader.readObject(response.body)
        if response.isSuccess {
            guard let name = document?["name"]?.stringValue, (1...200).contains(name.utf8.count) else {
                return .unknown(code: "noName")
            }
            return .accepted(providerID: name)
        }
        let code = FCMErrorCode.code(in: document)
        let text = code ?? "http\(response.status)"
        let known = FCMErrorCode.errorClass(of: code ?? "", status: response.status, retryAfter: response.retryAfter)
        guard let known else { return .unknown(code: text) }
        return .rejected(DeliveryError(known, code: text))
    }

    private static func isUnauthorized(_ result: OutboundResult) -> Bool {
        guard case .response(let response) = result, response.status == 401 else { return false }
        return FCMErrorCode.code(in: try? JSONReader.readObject(response.body)) == nil
    }

    // MARK: Receipts

    package func open(_ callback: GatewayCallback) throws(CallbackRefusal) -> CallbackContent {
        guard let query = callback.query, let attempt = callback.attempt,
            let claimed = query["tag"].flatMap({ Base64.decodeURL($0) }),
            constantTimeEquals(claimed, tag(of: attempt))
        else { throw .forged }
        var word = "DELIVERED"
        if !callback.body.isEmpty {
            guard let document = try? JSONReader.readObject(callback.body), let state = document["state"]?.stringValue
            else { throw .malformed }
            word = state
        }
        guard let state = ReceiptWord.state(of: word), state.isReceipt else { return CallbackContent() }
        return CallbackContent(events: [
            GatewayEvent(
                attempt: attempt, providerID: "", state: state, error: nil, key: "\(attempt):\(state.rawValue)")
        ])
    }
}
