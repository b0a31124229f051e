package import Clinic
import Cryptography
package import Outbound
import Wire

/// SMS by Twilio's Messages API (2010-04-01).
package struct TwilioGateway: Gateway {
    private let configuration: TwilioConfiguration

    package init(_ configuration: TwilioConfiguration) { self.configuration = configuration }

    package var name: String { "twilio" }
    package var capabilities: GatewayCapabilities { [.receipts, .validity, .query, .inbound] }

    // MARK: Handing over

    package func request(for attempt: GatewayAttempt) -> OutboundRequest {
        var form = URLEncodedForm()
        form.append("To", attempt.to.e164)
        switch configuration.sender {
        case .number(let number): form.append("From", number.e164)
        case .messagingService(let sid): form.append("MessagingServiceSid", sid)
        }
        form.append("Body", attempt.text)
        form.append("StatusCallback", callbackURL(of: attempt.id) + Self.callbackRetries)
        form.append("ValidityPeriod", String(Self.validitySeconds(of: attempt.urgency)))
        let user = configuration.apiKey?.sid ?? configuration.accountSid
        let password = configuration.apiKey?.secret ?? configuration.authToken
        return OutboundRequest(
            .post, "\(configuration.baseURL)/2010-04-01/Accounts/\(configuration.accountSid)/Messages.json",
            headers: [
                HeaderField("Authorization", "Basic " + Base64.encode(Array("\(user):\(password)".utf8))),
                HeaderField("Content-Type", "application/x-www-form-urlencoded"),
                HeaderField("Accept", "application/json"),
            ],
            body: form.encoded)
    }

    /// How long Twilio may keep trying. Its default of ten hours would let last night's text arrive in the morning; when
    /// the time is over it reports 30036, and the escalation has moved on long before.
    package static func validitySeconds(of urgency: UrgencyLevel) -> Int {
        switch urgency {
        case .critical: 120
        case .urgent: 300
        case .moderate: 1_800
        case .low: 14_400
        }
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
        switch result {
        case .response(let response): outcome(of: response)
        case .notSent(.invalidRequest): .rejected(DeliveryError(.configuration, code: "invalidRequest"))
        case .notSent(let failure): .rejected(DeliveryError(.transient, code: failure.code))
        case .outcomeUnknown(let failure): .unknown(code: failure.code)
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
        // A server error, a proxy's time-out and a redirect tell nothing sure about the text.
        guard (400...499).contains(response.status), response.status != 408 else { return .unknown(code: text) }
        if let code, let known = TwilioErrorCode.errorClass(of: code, retryAfter: response.retryAfter) {
            return .rejected(DeliveryError(known, code: text))
        }
        // Refused for a reason that is not in the table: the same request would be refused again.
        let isAccount = [401, 403, 404].contains(response.status)
        return .rejected(DeliveryError(isAccount ? .configuration : .permanentContent, code: text))
    }

    // MARK: Callbacks

    package func events(of callback: GatewayCallback) throws(CallbackRefusal) -> [GatewayEvent] {
        guard let form = URLEncodedForm(callback.body) else { throw .malformed }
        guard callback.fields.count(of: TwilioSignature.header) == 1,
            let signature = callback.fields[TwilioSignature.header],
            TwilioSignature.isValid(
                signature, url: publicURL(of: callback.target), form: form, tokens: tokens)
        else { throw .forged }
        guard form["AccountSid"] == nil || form["AccountSid"] == configuration.accountSid else {
            throw .foreignAccount
        }
        guard let attempt = Self.attempt(in: callback.target),
            let sid = form["MessageSid"] ?? form["SmsSid"], Self.isSid(sid),
            let status = form["MessageStatus"] ?? form["SmsStatus"], status.utf8.count <= 32
        else { throw .malformed }
        // A status that did not exist when this was written says nothing; it is acknowledged all the same.
        guard let state = Self.state(of: status) else { return [] }
        let error = state.isFailure ? TwilioErrorCode.error(ofCallback: form["ErrorCode"]) : nil
        return [
            GatewayEvent(
                attempt: attempt, providerID: sid, state: state, error: error, status: status, key: "\(sid):\(status)")
        ]
    }

    private var tokens: [String] {
        [configuration.authToken] + (configuration.secondaryAuthToken.map { [$0] } ?? [])
    }

    /// The URL that Twilio called: scheme, host and path as configured, whatever a proxy made of them, and the query as
    /// it came in.
    private func publicURL(of target: String) -> String {
        let base = configuration.statusCallback.prefix { $0 != "?" && $0 != "#" }
        return String(base + target[(target.firstIndex(of: "?") ?? target.endIndex)...])
    }

    private static func attempt(in target: String) -> AttemptID? {
        guard let mark = target.firstIndex(of: "?") else { return nil }
        let query = URLEncodedForm(Array(target[target.index(after: mark)...].utf8))
        return query?["attempt"].flatMap { AttemptID($0) }
    }

    /// Two letters and 32 hexadecimal digits.
    private static func isSid(_ text: String) -> Bool {
        text.utf8.count == 34 && Hex.decode(text.dropFirst(2)) != nil
    }

    private static func state(of status: String) -> DeliveryState? {
        switch status {
        case "accepted", "scheduled", "queued", "sending": .accepted
        case "sent": .sent
        case "delivered": .delivered
        case "read": .read
        // A part of a text does not tell the doctor that he has to come.
        case "undelivered", "partially_delivered": .undelivered
        case "failed", "canceled": .failed
        default: nil
        }
    }
}
