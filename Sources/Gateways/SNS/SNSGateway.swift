package import Clinic
import Cryptography
package import Outbound
import Wire

/// SMS by Amazon SNS' Publish (2010-03-31), signed with Signature Version 4 by libcurl.
///
/// SNS does not call back about texts: what became of one goes to CloudWatch's logs alone. So an accepted text stays
/// ACCEPTED, the gateway has no `receipts`, and a policy that waits for a receipt goes on when its time is up.
package struct SNSGateway: OneRequestGateway {
    private let configuration: SNSConfiguration

    package init(_ configuration: SNSConfiguration) { self.configuration = configuration }

    package var name: String { "sns" }
    package var kind: ContactKind { .sms }
    package var capabilities: GatewayCapabilities { [] }

    package func request(for attempt: GatewayAttempt) -> OutboundRequest {
        var form = URLEncodedForm()
        form.append("Action", "Publish")
        form.append("Version", "2010-03-31")
        form.append("PhoneNumber", attempt.to.text)
        form.append("Message", attempt.text)
        var attributes = [("AWS.SNS.SMS.SMSType", "Transactional")]
        if let number = configuration.originationNumber { attributes.append(("AWS.MM.SMS.OriginationNumber", number)) }
        for (index, attribute) in attributes.enumerated() {
            let entry = "MessageAttributes.entry.\(index + 1)"
            form.append("\(entry).Name", attribute.0)
            form.append("\(entry).Value.DataType", "String")
            form.append("\(entry).Value.StringValue", attribute.1)
        }
        let body = form.encoded
        var headers = [
            HeaderField("Content-Type", "application/x-www-form-urlencoded"),
            // libcurl signs this value where it stands: it cannot hash a body that it is given in pieces.
            HeaderField("X-Amz-Content-Sha256", Hex.encode(SHA256.hash(body))),
        ]
        if let token = configuration.sessionToken { headers.append(HeaderField("X-Amz-Security-Token", token)) }
        var request = OutboundRequest(.post, configuration.baseURL + "/", headers: headers, body: body)
        request.signature = AWSSignature(
            region: configuration.region, service: "sns", accessKeyID: configuration.accessKeyID,
            secretAccessKey: configuration.secretAccessKey)
        return request
    }

    package func outcome(of result: OutboundResult) -> SubmitOutcome {
        switch result.answer {
        case .success(let response): outcome(of: response)
        case .failure(let none): none.outcome
        }
    }

    private func outcome(of response: OutboundResponse) -> SubmitOutcome {
        if response.isSuccess {
            guard let id = Self.element("MessageId", in: response.body) else { return .unknown(code: "noID") }
            return .accepted(providerID: id)
        }
        let code = Self.element("Code", in: response.body)
        let text = code ?? "http\(response.status)"
        if response.status == 429 || Self.throttles.contains(text) {
            return .rejected(DeliveryError(.rateLimited(retryAfter: response.retryAfter), code: text))
        }
        guard response.isRefusal else { return .unknown(code: text) }
        return .rejected(DeliveryError(Self.errorClass(of: text, status: response.status), code: text))
    }

    private static let throttles: Set<String> = [
        "Throttled", "Throttling", "ThrottlingException", "ThrottledException",
    ]

    private static func errorClass(of code: String, status: Int) -> DeliveryError.Class {
        switch code {
        case "OptedOut": .optedOut
        // "Invalid parameter: PhoneNumber": the text itself is always of a template.
        case "InvalidParameter", "InvalidParameterValue": .permanentAddress
        case "KMSThrottling", "InternalError", "InternalFailure", "ServiceUnavailable", "RequestExpired": .transient
        default: status == 400 && code.hasPrefix("Validation") ? .permanentContent : .configuration
        }
    }

    package func open(_ callback: GatewayCallback) throws(CallbackRefusal) -> CallbackContent {
        // Nobody has a reason to call, so nobody is believed.
        throw .forged
    }

    /// The text of the first XML element of this name, at most 128 visible ASCII characters; nil for anything else.
    private static func element(_ name: String, in body: [UInt8]) -> String? {
        let text = String(decoding: body.prefix(16_384), as: UTF8.self)
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        let value = text[start.upperBound..<end.lowerBound]
        let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") }
        return (1...128).contains(value.utf8.count) && isPlain ? String(value) : nil
    }
}
