package import Clinic
import Cryptography
package import Outbound
import Wire

/// SMS by Twilio's Messages API (2010-04-01).
package struct TwilioGateway: OneRequestGateway {
    let configuration: TwilioConfiguration

    package init(_ configuration: TwilioConfiguration) { self.configuration = configuration }

    package var name: String { "twilio" }
    package var kind: ContactKind { .sms }
    package var capabilities: GatewayCapabilities { [.receipts, .validity, .query, .inbound] }

    // MARK: Handing over

    package func request(for attempt: GatewayAttempt) -> OutboundRequest {
        var form = URLEncodedForm()
        form.append("To", attempt.to.text)
        switch configuration.sender {
        case .number(let number): form.append("From", number.e164)
        case .messagingService(let sid): form.append("MessagingServiceSid", sid)
        }
        form.append("Body", attempt.text)
        form.append("StatusCallback", callbackURL(of: attempt.id) + Self.callbackRetries)
        form.append("ValidityPeriod", String(attempt.validitySeconds))
        return OutboundRequest(
            .post, "\(account)/Messages.json",
            headers: [
                authorization, HeaderField("Content-Type", "application/x-www-form-urlencoded"),
                HeaderField("Accept", "application/json"),
            ],
            body: form.encoded)
    }

    private var account: String { "\(configuration.baseURL)/2010-04-01/Accounts/\(configuration.accountSid)" }

    private var authorization: HeaderField {
        let user = configuration.apiKey?.sid ?? configuration.accountSid
        let password = configuration.apiKey?.secret ?? configuration.authToken
        return HeaderField("Authorization", "Basic " + Base64.encode(Array("\(user):\(password)".utf8)))
    }

    /// Twilio's connection override: three repetitions on a failed connection, a read time-out or a 5xx. A fragment is
    /// neither sent nor signed.
    private static let callbackRetries = "#rc=3&rp=ct,rt,5xx&ct=2000&rt=5000&tt=15000"

    /// Where Twilio reports about this attempt.
    package func callbackURL(of attempt: AttemptID) -> String {
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
            // Without an id the text is with Twilio all the same; what became of it comes by callback.
            guard case .string(let sid) = document?["sid"], Self.isSid(sid) else { return .unknown(code: "noSid") }
            return .accepted(providerID: sid)
        }
        var code: Int?
        if case .integer(let number) = document?["code"] { code = Int(exactly: number) }
        let text = code.map(String.init) ?? "http\(response.status)"
        if response.status == 429 {
            return .rejected(DeliveryError(.rateLimited(retryAfter: response.retryAfter), code: text))
        }
        guard response.isRefusal else { return .unknown(code: text) }
        if let code, let known = TwilioErrorCode.errorClass(of: code, retryAfter: response.retryAfter) {
            return .rejected(DeliveryError(known, code: text))
        }
        // Refused for a reason that is not in the table: the same request would be refused again.
        let isAccount = [401, 403, 404].contains(response.status)
        return .rejected(DeliveryError(isAccount ? .configuration : .permanentContent, code: text))
    }

    /// Two letters and 32 hexadecimal digits.
    static func isSid(_ text: String) -> Bool {
        text.utf8.count == 34 && Hex.decode(text.dropFirst(2)) != nil
    }

    // MARK: Asking afterwards

    package func reconcile(
        _ attempt: GatewayAttempt, through client: OutboundClient, deadline: Duration
    ) async -> Reconciliation {
        await reconciliation(of: client.perform(reconciliationRequest(for: attempt), deadline: deadline), attempt)
    }

    /// The newest texts to this number. Not narrowed by date: a text that waits has none.
    package func reconciliationRequest(for attempt: GatewayAttempt) -> OutboundRequest {
        let query = URLEncodedForm([
            .init(name: "To", value: attempt.to.text), .init(name: "PageSize", value: "50"),
        ])
        return OutboundRequest(
            .get, "\(account)/Messages.json?\(String(decoding: query.encoded, as: UTF8.self))",
            headers: [authorization, HeaderField("Accept", "application/json")])
    }

    /// Finds the text among them: its code is random, so equal words are the same message, but for the one-time link, which
    /// is another with each attempt. Where Twilio redacts the words,
    /// nothing can be found and nothing is claimed.
    package func reconciliation(of result: OutboundResult, _ attempt: GatewayAttempt) -> Reconciliation {
        guard case .response(let response) = result, response.isSuccess,
            let document = try? JSONReader.readObject(response.body, limits: JSONLimits(maximumBytes: 256 << 10)),
            let messages = document["messages"]?.arrayValue
        else { return .unclear }
        var isRedacted = false
        for message in messages {
            guard let body = message["body"]?.stringValue, !body.isEmpty else {
                isRedacted = true
                continue
            }
            guard Self.withoutLink(body) == Self.withoutLink(attempt.text), let sid = message["sid"]?.stringValue,
                Self.isSid(sid)
            else { continue }
            let state = message["status"]?.stringValue.flatMap(Self.state) ?? .accepted
            // One that will not arrive is as good as none; the same words may be on their way a second time.
            guard !state.isFailure else { continue }
            return .found(providerID: sid, state: state)
        }
        return isRedacted ? .unclear : .absent
    }

    private static func withoutLink(_ text: String) -> Substring {
        text.firstRange(of: "https://").map { text[..<$0.lowerBound] } ?? text[...]
    }
}
