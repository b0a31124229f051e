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
        case "/stream":
            let size = Int(request.head.query["size"] ?? "") ?? 1
            let count = Int(request.head.query["count"] ?? "") ?? 1
            let isWhole = request.head.query["cut"] == nil
            reactor.spawn { [journal] in
                guard let body = exchange.stream(HTTPResponse(.ok, contentType: "text/plain", body: [])) else { return }
                for piece in 0..<count {
                    let byte = UInt8(ascii: "a") &+ UInt8(piece % 26)
                    guard await body.write([UInt8](repeating: byte, count: size)) else { return journal.note("gone") }
                    journal.note("piece")
                }
                isWhole ? body.end() : body.abort()
            }
        case "/task":
            let reactor = reactor
            reactor.spawn {
                await reactor.sleep(for: .milliseconds(1))
                exchange.respond(Self.named(request.head.rawTarget))
            }
        case "/secure":
            exchange.respond(
                HTTPResponse(.ok, contentType: "text/plain", body: Array("\(exchange.isSecure)".utf8)))
        case "/hold": held.append(exchange)
        case "/ws":
            let session = EchoSession(journal: journal)
            sessions.append(session)
            answer(exchange, with: session)
        case "/deflate":
            let session = EchoSession(journal: journal)
            sessions.append(session)
            answer(exchange, with: session, compression: DeflatePolicy())
        case "/ws-later":
            let session = EchoSession(journal: journal)
            sessions.append(session)
            _ = reactor.schedule(after: .milliseconds(5)) { self.answer(exchange, with: session) }
        case "/ws-refused": exchange.respond(HTTPResponse(.unauthorized))
        default: exchange.respond(Self.named(request.head.rawTarget))
        }
    }

    // MARK: Streamed bodies

    /// What is received of `/stream…` is gated by a test.
    var mayRead = true

    func streamedBodyLimit(of head: HTTPRequestHead) -> Int? {
        head.path.hasPrefix("/stream") ? 4 << 20 : nil
    }

    func handle(_ head: HTTPRequestHead, _ body: RequestBody, _ exchange: Exchange) {
        journal.note("begun \(head.path)")
        if head.path == "/stream-refused" { return exchange.respond(HTTPResponse(.unauthorized)) }
        let (reactor, journal) = (reactor, journal)
        reactor.spawn { [self] in
            while !mayRead { await reactor.sleep(for: .milliseconds(1)) }
            var count = 0
            var largest = 0
            do throws(RequestBody.Lost) {
                while let part = try await body.next() {
                    count += part.count
                    largest = max(largest, part.count)
                }
                journal.note("read \(count)")
                let text = largest <= 65_536 ? "\(count)" : "a part of \(largest)"
                exchange.respond(HTTPResponse(.ok, contentType: "text/plain", body: Array(text.utf8)))
            } catch {
                journal.note("lost after \(count)")
            }
        }
    }

    private func answer(_ exchange: Exchange, with session: EchoSession, compression: DeflatePolicy? = nil) {
        // The key is always the sample of RFC 6455 §1.3, and so is the digest.
        let handshake = ServerHandshake(subprotocols: ["echo"]) { _ in
            [
                0xB3, 0x7A, 0x4F, 0x2C, 0xC0, 0x62, 0x4F, 0x16, 0x90, 0xF6, 0x46, 0x06, 0xCF, 0x38, 0x59, 0x45, 0xB2,
                0xBE,
                0xC4, 0xEA,
            ]
        }
        do throws(UpgradeRefusal) {
            var acceptance = try handshake.accept(exchange.head, isSecure: exchange.isSecure)
            if let compression { acceptance.agree(to: compression) }
            exchange.upgrade(with: acceptance.response, session: session, deflate: acceptance.deflate)
        } catch {
            exchange.refuseUpgrade(with: error.response)
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
