import Clinic
import Outbound
import Platform
import Wire

/// Amazon SNS' Publish for texts: form in, XML out. The signature is looked for, not checked; there are no callbacks.
struct LocalSNS: LocalDialect {
    var name: String { "sns" }

    func text(of request: HTTPRequest, id: String, at now: WallTime) throws(LocalGatewayError) -> SentText? {
        guard request.head.path == "/", request.head.method == .post,
            let form = URLEncodedForm(request.body), form["Action"] == "Publish"
        else { return nil }
        guard request.head.fields["Authorization"]?.hasPrefix("AWS4-HMAC-SHA256 ") == true else { throw .unauthorized }
        guard let to = form["PhoneNumber"], PhoneNumber(to) != nil else { throw .invalidNumber }
        guard let text = form["Message"], !text.isEmpty else { throw .badRequest(400, "Message") }
        return SentText(
            sid: id, dialect: name, accountSid: "", at: now, to: to, from: "", body: text, callbackURL: nil,
            attempt: nil)
    }

    func accepted(_ text: SentText) -> HTTPResponse {
        xml(.ok, "<PublishResponse><PublishResult><MessageId>\(text.sid)</MessageId></PublishResult></PublishResponse>")
    }

    func refusal(_ error: LocalGatewayError) -> HTTPResponse {
        let code =
            switch (error.kind, error.status) {
            case (.invalidNumber, _): "InvalidParameter"
            case (.optedOut, _): "OptedOut"
            case (_, .tooManyRequests): "Throttled"
            case (_, .unauthorized): "AuthorizationError"
            default: "InternalError"
            }
        return xml(error.status, "<ErrorResponse><Error><Code>\(code)</Code></Error></ErrorResponse>")
    }

    func callback(_ callback: PlannedCallback, of text: SentText, at now: WallTime) -> OutboundRequest? { nil }

    private func xml(_ status: HTTPStatus, _ body: String) -> HTTPResponse {
        HTTPResponse(status, contentType: "text/xml", body: Array(body.utf8))
    }
}
