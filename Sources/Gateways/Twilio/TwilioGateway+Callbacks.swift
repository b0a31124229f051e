import Clinic
import Wire

extension TwilioGateway {
    package func open(_ callback: GatewayCallback) throws(CallbackRefusal) -> CallbackContent {
        guard let form = URLEncodedForm(callback.body) else { throw .malformed }
        guard let signature = callback.single(TwilioSignature.header),
            publicURLs(of: callback).contains(where: {
                TwilioSignature.isValid(signature, url: $0, form: form, tokens: tokens)
            })
        else { throw .forged }
        guard form["AccountSid"] == nil || form["AccountSid"] == configuration.accountSid else {
            throw .foreignAccount
        }
        guard let sid = form["MessageSid"] ?? form["SmsSid"], Self.isSid(sid) else { throw .malformed }
        // A reply has words and no attempt; its status is "received".
        if form["Body"] != nil, form["MessageStatus"] == nil { return try reply(form, sid) }
        guard let attempt = callback.attempt, let status = form["MessageStatus"] ?? form["SmsStatus"],
            status.utf8.count <= 32
        else { throw .malformed }
        // A status that did not exist when this was written says nothing; it is acknowledged all the same.
        guard let state = Self.state(of: status) else { return CallbackContent() }
        let error = state.isFailure ? TwilioErrorCode.error(ofCallback: form["ErrorCode"]) : nil
        return CallbackContent(events: [
            GatewayEvent(attempt: attempt, providerID: sid, state: state, error: error, key: "\(sid):\(status)")
        ])
    }

    private func reply(_ form: URLEncodedForm, _ sid: String) throws(CallbackRefusal) -> CallbackContent {
        guard let text = form["Body"], let from = form["From"].flatMap({ PhoneNumber($0) }) else { throw .malformed }
        return CallbackContent(
            texts: [
                InboundText(
                    from: from, to: form["To"] ?? "", text: text,
                    gatewayKeyword: form["OptOutType"].flatMap(CarrierKeyword.init(rawValue:)), providerID: sid,
                    key: sid)
            ],
            // Twilio takes anything but TwiML for an error.
            answer: CallbackContent.Answer(contentType: "text/xml", body: "<Response/>"))
    }

    package func answer(telling text: String) -> CallbackContent.Answer? {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(scalar)
            }
        }
        return CallbackContent.Answer(
            contentType: "text/xml", body: "<Response><Message>\(escaped.joined())</Message></Response>")
    }

    private var tokens: [String] {
        [configuration.authToken] + (configuration.secondaryAuthToken.map { [$0] } ?? [])
    }

    /// The URLs that Twilio may have called: scheme, host and path as configured, whatever a proxy made of them, and the
    /// query as it came in.
    private func publicURLs(of callback: GatewayCallback) -> [String] {
        let query = callback.target[(callback.target.firstIndex(of: "?") ?? callback.target.endIndex)...]
        return [configuration.statusCallback, configuration.inboundCallback].map { url in
            String(url.prefix { $0 != "?" && $0 != "#" } + query)
        }
    }

    static func state(of status: String) -> DeliveryState? {
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
