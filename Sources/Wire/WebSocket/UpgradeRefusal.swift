/// Why a handshake is refused (RFC 6455 section 4.2). The caller sends `response` and closes the connection: after a
/// request for an upgrade nothing more is served on it, since a proxy may believe that it is a tunnel already.
package enum UpgradeRefusal: Error, Equatable, Sendable {
    /// Not a GET.
    case notGET
    /// Not HTTP/1.1.
    case notHTTP11
    /// It announces a body.
    case hasBody
    /// `Upgrade` does not name `websocket`: an ordinary request to this path.
    case noUpgrade
    /// `Connection` does not name `upgrade`.
    case noConnectionUpgrade
    /// `Sec-WebSocket-Version` is not 13.
    case unsupportedVersion
    /// `Sec-WebSocket-Key` is missing, doubled, or not base64 of 16 bytes.
    case badKey
    /// `Sec-WebSocket-Protocol` is no list of different tokens.
    case badSubprotocols
    /// `Sec-WebSocket-Extensions` breaks its grammar (section 9.1).
    case badExtensions
    /// The page that asks may not, or there is neither origin nor token.
    case foreignOrigin

    package var status: HTTPStatus {
        switch self {
        case .notGET: .methodNotAllowed
        case .noUpgrade, .unsupportedVersion: .upgradeRequired
        case .foreignOrigin: .forbidden
        case .notHTTP11, .hasBody, .noConnectionUpgrade, .badKey, .badSubprotocols, .badExtensions: .badRequest
        }
    }

    /// The answer; encode it with `keepsAlive: false`.
    package var response: HTTPResponse {
        var response = HTTPResponse(
            status, contentType: "text/plain; charset=utf-8", body: Array("\(sentence)\n".utf8))
        switch self {
        case .notGET: response.fields.append("Allow", "GET")
        case .noUpgrade, .unsupportedVersion:
            response.fields.append("Upgrade", "websocket")
            response.fields.append("Sec-WebSocket-Version", "13")
        default: break
        }
        return response
    }

    /// What is wrong, with nothing of the peer's bytes in it.
    package var sentence: String {
        switch self {
        case .notGET: "A WebSocket is opened by GET."
        case .notHTTP11: "A WebSocket is opened over HTTP/1.1."
        case .hasBody: "A request for an upgrade has no body."
        case .noUpgrade: "This path speaks WebSocket: send Upgrade: websocket."
        case .noConnectionUpgrade: "Connection must name upgrade."
        case .unsupportedVersion: "Sec-WebSocket-Version must be 13."
        case .badKey: "Sec-WebSocket-Key must be base64 of 16 bytes."
        case .badSubprotocols: "Sec-WebSocket-Protocol must be a list of different tokens."
        case .badExtensions: "Sec-WebSocket-Extensions must be a list of extensions and their parameters."
        case .foreignOrigin: "This origin may not connect."
        }
    }
}
