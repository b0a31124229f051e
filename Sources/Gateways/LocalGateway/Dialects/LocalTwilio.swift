import Cryptography
import Outbound
import Platform
import Wire

/// Twilio's Messages API: form in, JSON out, Basic credentials, callbacks signed by HMAC-SHA-1.
struct LocalTwilio: LocalDialect {
    let configuration: LocalGatewayConfiguration

    var name: String { "twilio" }

    func text(of request: HTTPRequest, id: String, at now: WallTime) throws(LocalGatewayError) -> SentText? {
        let path = request.head.path.split(separator: "/").map(String.init)
        guard path.count == 4, path[0] == "2010-04-01", path[1] == "Accounts", path[3] == "Messages.json",
            request.head.method != .get
        else { return nil }
        try authorize(request.head, account: path[2])
        guard request.head.method == .post else { throw .methodNotAllowed }
        let form = try LocalTwilioForm(request.body)
        return SentText(
            sid: "SM" + id, dialect: name, accountSid: path[2], at: now, to: form.to, from: form.from, body: form.body,
            callbackURL: form.callbackURL, attempt: SentText.attempt(inQueryOf: form.callbackURL))
    }

    /// Demands the account's own user and password, or any user with that password where it stands for an API key.
    func authorize(_ head: HTTPRequestHead, account: String) throws(LocalGatewayError) {
        guard let credentials = head.credentials(scheme: "Basic").flatMap({ Base64.decode($0) }),
            let colon = credentials.firstIndex(of: UInt8(ascii: ":"))
        else { throw .unauthorized }
        let isTokenRight = constantTimeEquals(Array(credentials[(colon + 1)...]), Array(configuration.authToken.utf8))
        let isUserRight = credentials[..<colon].elementsEqual(account.utf8) || credentials.starts(with: "SK".utf8)
        guard isTokenRight, isUserRight, configuration.accountSid ?? account == account else { throw .unauthorized }
    }

    func accepted(_ text: SentText) -> HTTPResponse {
        HTTPResponse(.created, contentType: "application/json", body: text.resource)
    }

    func refusal(_ error: LocalGatewayError) -> HTTPResponse { error.response }

    func callback(_ callback: PlannedCallback, of text: SentText, at now: WallTime) -> OutboundRequest? {
        guard let url = text.callbackURL else { return nil }
        var form = URLEncodedForm()
        form.append("ApiVersion", "2010-04-01")
        form.append("MessageSid", text.sid)
        form.append("SmsSid", text.sid)
        form.append("AccountSid", text.accountSid)
        form.append("MessageStatus", callback.status)
        form.append("SmsStatus", callback.status)
        form.append("To", text.to)
        form.append("From", text.from)
        if let error = callback.error { form.append("ErrorCode", String(error)) }
        return post(form, to: url)
    }

    func reply(_ reply: LocalReply, at now: WallTime) -> OutboundRequest? {
        var form = URLEncodedForm()
        form.append("ApiVersion", "2010-04-01")
        form.append("MessageSid", "SM" + reply.id)
        form.append("SmsSid", "SM" + reply.id)
        form.append("SmsMessageSid", "SM" + reply.id)
        if let account = configuration.accountSid { form.append("AccountSid", account) }
        form.append("From", reply.from)
        form.append("To", reply.to)
        form.append("Body", reply.text)
        form.append("SmsStatus", "received")
        form.append("NumMedia", "0")
        form.append("NumSegments", "1")
        return post(form, to: reply.url)
    }

    private func post(_ form: URLEncodedForm, to url: String) -> OutboundRequest {
        // A fragment configures the sender's connection; it is neither sent nor signed.
        let url = String(url.prefix { $0 != "#" })
        return OutboundRequest(
            .post, url,
            headers: [
                HeaderField("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
                HeaderField(
                    TwilioSignature.header, TwilioSignature.sign(url: url, form: form, token: configuration.authToken)),
            ],
            body: form.encoded)
    }
}
