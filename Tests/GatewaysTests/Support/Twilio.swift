import Clinic
import Gateways
import Wire

/// An account and an attempt that tests share.
enum Twilio {
    static let account = "AC" + String(repeating: "0a", count: 16)
    static let token = "12345678901234567890123456789012"
    static let sid = "SM" + String(repeating: "1b", count: 16)
    static let now = Timestamp(microseconds: 1_795_169_730_123_456)
    static let attemptID = AttemptID(high: 1, low: 2)

    static func configuration(
        baseURL: String = "https://api.twilio.com",
        statusCallback: String = "https://hub.example/gateways/twilio/status"
    ) throws -> TwilioConfiguration {
        TwilioConfiguration(
            accountSid: account, authToken: token, sender: .number(try phone("+15005550006")), baseURL: baseURL,
            statusCallback: statusCallback,
            inboundCallback: "https://hub.example/gateways/twilio/inbound")
    }

    static func attempt(to number: String = "+15005550101", urgency: UrgencyLevel = .critical) throws -> GatewayAttempt
    {
        GatewayAttempt(
            id: attemptID, message: MessageID(high: 3, low: 4), to: .phone(try phone(number)),
            text: "Clinic: CRITICAL alert 7Q. Open the app to accept it.", code: AlertCode(randomBits: 7),
            urgency: urgency, at: now)
    }

    /// A status callback for the attempt, signed as Twilio signs.
    static func callback(
        _ changes: [String: String?] = [:], target: String = "/gateways/twilio/status?attempt=\(attemptID)",
        signedURL: String? = nil, token: String = token
    ) -> GatewayCallback {
        var values = [
            "MessageSid": sid, "SmsSid": sid, "AccountSid": account, "MessageStatus": "delivered",
            "To": "+15005550101", "From": "+15005550006", "ApiVersion": "2010-04-01", "NewFieldOf2031": "x y+z",
        ]
        for (name, value) in changes { values[name] = value }
        let form = URLEncodedForm(values.map { .init(name: $0.key, value: $0.value) })
        let url = signedURL ?? "https://hub.example" + target
        let signature = TwilioSignature.sign(url: url, form: form, token: token)
        return GatewayCallback(
            target: target, fields: ["X-Twilio-Signature": signature], body: form.encoded, receivedAt: now)
    }

    static func phone(_ text: String) throws -> PhoneNumber {
        guard let number = PhoneNumber(text) else { throw NotANumber() }
        return number
    }

    struct NotANumber: Error {}
}

extension GatewayCallback {
    /// A callback that comes at the moment of these tests.
    init(target: String, fields: HTTPFields, body: [UInt8]) {
        self.init(target: target, fields: fields, body: body, receivedAt: Twilio.now)
    }
}
