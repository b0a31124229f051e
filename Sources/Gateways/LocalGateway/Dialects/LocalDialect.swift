import Outbound
import Platform
import Wire

/// One vendor's API as the local gateway speaks it: requests in, answers and callbacks out. Pure but for secrets.
protocol LocalDialect: Sendable {
    /// The gateway's name, as the hub has it.
    var name: String { get }
    /// The text that a request hands over, once its sender has proved himself; nil where the request is not of this vendor.
    func text(of request: HTTPRequest, id: String, at now: WallTime) throws(LocalGatewayError) -> SentText?
    /// The answer that takes a text.
    func accepted(_ text: SentText) -> HTTPResponse
    /// The answer that refuses one.
    func refusal(_ error: LocalGatewayError) -> HTTPResponse
    /// The report on a text; nil where this vendor does not report that.
    func callback(_ callback: PlannedCallback, of text: SentText, at now: WallTime) -> OutboundRequest?
    /// A text that somebody sent to the hub; nil where this vendor passes none on.
    func reply(_ reply: LocalReply, at now: WallTime) -> OutboundRequest?
}

extension LocalDialect {
    func reply(_ reply: LocalReply, at now: WallTime) -> OutboundRequest? { nil }
}

/// A text that somebody is to have sent to the hub's number: what `POST /inbound` asks for.
struct LocalReply {
    let id: String
    let from: String
    let to: String
    let text: String
    /// The hub's path for replies.
    let url: String
}

extension LocalGatewayError {
    /// The refusal as JSON of a vendor's own form.
    func response(_ write: (inout JSONWriter) -> Void) -> HTTPResponse {
        var json = JSONWriter()
        json.object(write)
        var response = HTTPResponse(status, contentType: "application/json", body: json.bytes)
        if let retryAfter { response.fields.append("Retry-After", String(retryAfter)) }
        return response
    }
}

extension OutboundRequest {
    /// A JSON body to a URL, without the fragment, which is not sent.
    static func json(_ url: String, _ body: [UInt8], _ headers: [HeaderField] = []) -> OutboundRequest {
        OutboundRequest(
            .post, String(url.prefix { $0 != "#" }),
            headers: [HeaderField("Content-Type", "application/json")] + headers,
            body: body)
    }
}

extension HTTPResponse {
    static func json(_ status: HTTPStatus, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status, contentType: "application/json", body: body)
    }
}
