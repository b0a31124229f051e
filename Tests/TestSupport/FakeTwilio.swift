import Cryptography
import Glibc
import Platform
package import Wire

/// A gateway that speaks Twilio's Messages API in the test's own process: it keeps the texts, and answers as told.
///
/// Its signatures are computed here, from Twilio's description, so that a hub's mistake cannot be its own proof.
package final class FakeTwilio: Sendable {
    /// A text that the hub handed over.
    package struct Text: Sendable {
        package let id: String
        package let to: String
        package let body: String
        /// The URL that the hub gave, without what Twilio keeps to itself.
        package let callback: String
        package let authorization: String?

        package init(id: String, to: String, body: String, callback: String, authorization: String?) {
            self.id = id
            self.to = to
            self.body = body
            self.callback = callback
            self.authorization = authorization
        }
    }

    package var port: UInt16 { server.port }
    package let account = "AC" + String(repeating: "a", count: 32)
    package let token: String
    private let server: BlockingHTTPServer
    private let received = Locked<[Text]>([])
    private let answer: @Sendable (Text) -> HTTPResponse?

    /// - Parameter answer: what to say to a text, after waiting as long as it likes on a thread of its own; nil accepts it.
    package init(answer: @escaping @Sendable (Text) -> HTTPResponse? = { _ in nil }) throws {
        server = try BlockingHTTPServer()
        token = Base64.encodeURL(SecureRandom.bytes(24))
        self.answer = answer
        try server.serve(as: "twilio") { [self] request in response(to: request) }
    }

    /// Stops listening.
    package func end() { server.end() }

    /// All texts so far, in the order they came.
    package var texts: [Text] { received.withLock { $0 } }

    /// The texts so far to a number about an alert of this code.
    package func texts(to number: String, about code: String) -> [Text] {
        texts.filter { $0.to == number && $0.body.contains(code) }
    }

    // MARK: Calling back

    /// The form of a status callback.
    package func form(_ text: Text, _ status: String) -> URLEncodedForm {
        var form = URLEncodedForm()
        form.append("AccountSid", account)
        form.append("MessageSid", text.id)
        form.append("MessageStatus", status)
        form.append("To", text.to)
        return form
    }

    /// Base64 of HMAC-SHA-1 over the URL and the parameters sorted by name, each name followed by its value.
    package func signature(_ url: String, _ form: URLEncodedForm, token: String? = nil) -> String {
        let parameters = form.pairs.sorted { $0.name < $1.name }.map { $0.name + $0.value }.joined()
        let code = HMAC.sha1(key: Array((token ?? self.token).utf8), message: Array((url + parameters).utf8))
        return Base64.encode(code)
    }

    /// Posts a status about a text to the hub, signed unless another signature is given; an empty one is left out.
    package func call(
        _ hub: HTTPClient, _ text: Text, _ status: String, signature: String? = nil
    ) throws(ClientFailure) -> HTTPResponse {
        let form = form(text, status)
        var fields: HTTPFields = ["Content-Type": "application/x-www-form-urlencoded"]
        let signature = signature ?? self.signature(text.callback, form)
        if !signature.isEmpty { fields.set("X-Twilio-Signature", signature) }
        let target = text.callback.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
        return try hub.bearing(nil).send(.post, String(target), body: form.encoded, fields: fields)
    }

    // MARK: Serving

    private func response(to request: HTTPRequest) -> HTTPResponse {
        guard request.head.path == "/2010-04-01/Accounts/\(account)/Messages.json",
            let form = URLEncodedForm(request.body), let number = form["To"], let body = form["Body"],
            let callback = form["StatusCallback"]
        else { return HTTPResponse(.badRequest) }
        let text = Text(
            id: "SM" + Hex.encode(SecureRandom.bytes(16)), to: number, body: body,
            callback: String(callback.prefix { $0 != "#" }), authorization: request.head.fields["Authorization"])
        received.withLock { $0.append(text) }
        if let response = answer(text) { return response }
        return accepted(text)
    }

    /// The answer that takes a text.
    package func accepted(_ text: Text) -> HTTPResponse {
        let json = Array(#"{"sid":"\#(text.id)","status":"queued","error_code":null}"#.utf8)
        return HTTPResponse(.created, contentType: "application/json", body: json)
    }
}
