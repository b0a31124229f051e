import Wire
struct HandshakeRefusal: Error { let response: HTTPResponse }
enum WebSocketHandshake {
    static func accept(_ head: HTTPRequestHead, subprotocol: String?) throws(HandshakeRefusal) -> HTTPResponse {
        HTTPResponse(.switchingProtocols)
    }
}
