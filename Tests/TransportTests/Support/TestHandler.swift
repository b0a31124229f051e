import Platform
import Transport
import Wire

/// Answers by path, and keeps what a test wants to reach again.
final class TestHandler: RequestHandler {
    let reactor: Reactor
    let journal: Journal
    weak var server: HTTPServer?
    var held: [Exchange] = []
    var sessions: [EchoSession] = []

    init(reactor: Reactor, journal: Journal) {
        self.reactor = reactor
        self.journal = journal
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        journal.note("\(request.head.method.rawValue) \(request.head.rawTarget)")
        switch request.head.path {
        case "/echo": exchange.respond(HTTPResponse(.ok, contentType: "text/plain", body: request.body))
        case "/big":
            let size = Int(request.head.query["size"] ?? "") ?? 0
            exchange.respond(HTTPResponse(.ok, contentType: "text/plain", body: [UInt8](repeating: 0x61, count: size)))
        case "/later":
            let delay = Int(request.head.query["ms"] ?? "") ?? 1
            _ = reactor.schedule(after: .milliseconds(delay)) { exchange.respond(Self.named(request.head.rawTarget)) }
        case "/task":
            let reactor = reactor
            reactor.spawn {
                await reactor.sleep(for: .milliseconds(1))
                exchange.respond(Self.named(request.head.rawTarget))
            }
        case "/hold": held.append(exchange)
        case "/ws":
            let session = EchoSession(journal: journal)
            sessions.append(session)
            exchange.upgrade(subprotocol: request.head.query["protocol"], session: session)
        case "/ws-later":
            let session = EchoSession(journal: journal)
            sessions.append(session)
            _ = reactor.schedule(after: .milliseconds(5)) { exchange.upgrade(session: session) }
        case "/ws-refused": exchange.respond(HTTPResponse(.unauthorized))
        default: exchange.respond(Self.named(request.head.rawTarget))
        }
    }

    private static func named(_ target: String) -> HTTPResponse {
        HTTPResponse(.ok, contentType: "text/plain", body: Array(target.utf8))
    }
}

/// Sends back what it is sent, and notes everything.
final class EchoSession: WebSocketSession {
    let journal: Journal
    private(set) var connection: WebSocketConnection?
    var expendableMark: UInt64 = 0

    init(journal: Journal) { self.journal = journal }

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        connection.messageLimit = 1 << 20
        journal.note("opened")
    }

    func received(text: Span<UInt8>, on connection: WebSocketConnection) {
        connection.send(text: [UInt8](copying: text))
    }

    func received(binary: Span<UInt8>, on connection: WebSocketConnection) {
        connection.deliver(OutboundFrame(binary: [UInt8](copying: binary)))
    }

    func receivedPong(on connection: WebSocketConnection) { journal.note("pong") }

    func overflowed(_ connection: WebSocketConnection, adding frame: OutboundFrame) {
        journal.note("overflowed")
        let mark = expendableMark
        if mark != 0 { connection.discardQueued { $0.mark == mark } }
    }

    func drained(_ connection: WebSocketConnection) { journal.note("drained") }

    func closed(_ connection: WebSocketConnection, code: CloseCode, reason: String) {
        self.connection = nil
        journal.note("closed \(code) \(reason)")
    }
}
