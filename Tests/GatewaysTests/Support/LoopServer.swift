import Platform
import Testing
import Transport
import Wire

extension HTTPResponse {
    static func json(_ status: HTTPStatus, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status, contentType: "application/json", body: body)
    }
}

/// A peer on the test's own loop, which answers each request by a function.
final class LoopServer {
    let port: UInt16
    private let server: HTTPServer
    private let handler: Handler

    init(_ reactor: Reactor, answer: @escaping (HTTPRequest) -> HTTPResponse) throws {
        handler = Handler(answer: answer)
        server = HTTPServer(reactor: reactor, handler: handler)
        port = try server.listen(on: try #require(SocketAddress(host: "127.0.0.1", port: 0))).port
    }

    func end() async {
        server.stopAccepting()
        await server.drain(deadline: .zero)
    }

    private final class Handler: RequestHandler {
        let answer: (HTTPRequest) -> HTTPResponse
        init(answer: @escaping (HTTPRequest) -> HTTPResponse) { self.answer = answer }
        func handle(_ request: HTTPRequest, _ exchange: Exchange) { exchange.respond(answer(request)) }
    }
}
