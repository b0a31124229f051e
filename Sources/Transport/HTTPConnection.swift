import Platform
import Wire

/// A connection that speaks HTTP/1.1: requests in, answers out in the same order (RFC 9112 §9.3). Loop-confined.
///
/// One request is with the handler at a time. Until its answer is sent, and while the peer leaves answers unread, nothing
/// more is read: so what a peer pipelines costs one read's worth of memory at most.
final class HTTPConnection: Connection {
    /// What the connection waits for, each with its deadline.
    private enum Wait {
        case firstRequest, nextRequest, head, body, handler, drained
    }

    private var parser: HTTPRequestParser
    private var exchange: Exchange?
    /// The body of the request that is with the handler, while it still comes.
    private var upload: RequestBody?
    private var uploadEnd = ConnectionTable.never
    /// The answer that is under way, where it goes out in pieces.
    private var stream: ResponseStream?
    /// What was read behind the request that is with the handler.
    private var backlog: [UInt8] = []
    private var wait = Wait.firstRequest
    private var hasHadRequest = false
    private var isConsuming = false
    private var isContinueOwed = false
    private var successor: WebSocketConnection?

    override init(_ socket: consuming FileDescriptor, peer: PeerAddress, server: HTTPServer, tls: TLSLink? = nil) {
        let handler = server.handler
        parser = HTTPRequestParser(limits: server.limits.http) { handler.streamedBodyLimit(of: $0) }
        super.init(socket, peer: peer, server: server, tls: tls)
    }

    /// Begins, once the table has the connection.
    func open() {
        setDeadline(after: server.limits.headerDeadline)
        start()
    }

    // MARK: Reading

    private var isAvailable: Bool {
        phase == .open && outbox == nil && (exchange == nil || upload?.wantsMore == true)
    }

    override var wantsInput: Bool { isAvailable && backlog.isEmpty }

    override func received(_ count: Int) {
        server.reactor.scratch.withMutableSpan(count) { bytes in consume(bytes.span) }
    }

    override func drained() {
        if let stream {
            setDeadline(after: server.limits.handlerDeadline)
            return stream.drained()
        }
        if exchange == nil {
            waitForInput()
        } else if upload == nil {
            return
        }
        proceed()
    }

    override func receivedEnd() { finish() }

    /// Goes on after an answer: with what was read already, then with what waits in the kernel.
    private func proceed() {
        guard !isConsuming, isAvailable else { return }
        if !backlog.isEmpty {
            let input = backlog
            backlog = []
            consume(input.span)
        }
        if wantsInput { resumeReading() }
    }

    private func consume(_ input: Span<UInt8>) {
        isConsuming = true
        var offset = 0
        do throws(HTTPParseError) {
            while offset < input.count, isAvailable {
                let step = try parser.parse(input.extracting(offset..<input.count))
                offset += step.consumed
                take(step.event)
            }
        } catch {
            refuse(error)
        }
        isConsuming = false
        leave(input.extracting(offset..<input.count))
    }

    /// Finds a place for what was not consumed.
    private func leave(_ rest: Span<UInt8>) {
        if let successor {
            self.successor = nil
            successor.open(early: [UInt8](copying: rest))
        } else if phase == .open {
            backlog = [UInt8](copying: rest)
            if exchange == nil, outbox == nil { waitForInput() }
        }
    }

    private func take(_ event: HTTPRequestParser.Event) {
        switch event {
        case .needsInput: break
        case .expectsContinue: write(OutboundFrame(encoded: HTTPResponse.continueBytes))
        case .request(let request):
            server.counters.requests &+= 1
            hasHadRequest = true
            let exchange = Exchange(request.head, on: self)
            self.exchange = exchange
            waitFor(.handler)
            server.handler.handle(request, exchange)
        case .head(let head): begin(head)
        case .body(let bytes, let isLast):
            upload?.received(bytes, isLast: isLast)
            if isLast {
                upload = nil
                if exchange != nil { waitFor(.handler) }
            } else {
                setDeadline(atTick: deadlineOfNextPart)
            }
        }
    }

    /// Hands a request on whose body is to follow.
    private func begin(_ head: HTTPRequestHead) {
        server.counters.requests &+= 1
        hasHadRequest = true
        let exchange = Exchange(head, on: self)
        let body = RequestBody(on: self)
        self.exchange = exchange
        upload = body
        uploadEnd = server.tick(after: server.limits.streamedBodyDeadline)
        isContinueOwed = head.version == .http11 && head.fields.count(of: "Expect") > 0
        waitFor(.body)
        server.handler.handle(head, body, exchange)
    }

    /// The handler reads on in the body.
    func bodyIsWanted(_ body: RequestBody) {
        guard upload === body else { return }
        // Whoever may not send it is refused before the first part is asked for.
        if isContinueOwed, backlog.isEmpty { write(OutboundFrame(encoded: HTTPResponse.continueBytes)) }
        isContinueOwed = false
        server.reactor.atEndOfTurn { self.proceed() }
    }

    /// Ticks, not what is left of the time: the tick after a moment that has passed is still to come, and a byte in each
    /// tick would put the end off for ever.
    private var deadlineOfNextPart: UInt32 { min(server.tick(after: server.limits.bodyDeadline), uploadEnd) }

    /// The rest of the body is not read any more: what follows it on this connection has no known place.
    private func abandonBody() {
        upload?.lose()
        upload = nil
    }

    private func waitForInput() {
        let between = hasHadRequest ? Wait.nextRequest : .firstRequest
        waitFor(parser.isIdle ? between : parser.isReadingBody ? .body : .head)
    }

    /// Begins to wait for something else; what is waited for already keeps its deadline.
    private func waitFor(_ next: Wait) {
        guard next != wait else { return }
        let previous = wait
        wait = next
        let limits = server.limits
        switch next {
        // Its time runs from the accept; an empty line before it changes nothing.
        case .head where previous == .firstRequest, .firstRequest: break
        case .head: setDeadline(after: limits.headerDeadline)
        case .drained: setDeadline(after: nil)  // the write deadline runs
        case .nextRequest: setDeadline(after: limits.keepAliveDeadline)
        case .body: setDeadline(after: limits.bodyDeadline)
        case .handler: setDeadline(after: limits.handlerDeadline)
        }
    }

    // MARK: Answering

    /// Sends the answer to the request that is in flight, then reads on or closes.
    func respond(_ response: HTTPResponse, to head: HTTPRequestHead) {
        // What follows might be meant for another protocol.
        if head.fields.count(of: "Upgrade") > 0 { return refuseUpgrade(with: response, to: head) }
        let keepsAlive = head.keepsAlive && !server.isDraining && upload == nil
        send(response, isAnswerToHead: head.method == .head, keepsAlive: keepsAlive, version: head.version)
        exchange = nil
        abandonBody()
        guard keepsAlive else { return finish() }
        waitFor(outbox == nil ? .nextRequest : .drained)
        proceed()
    }

    /// Sends the head of an answer whose body follows in pieces; the handler's deadline holds for each of them.
    func beginStream(_ response: HTTPResponse, to head: HTTPRequestHead) -> ResponseStream {
        var response = response
        if let policy = tls?.strictTransportSecurity { response.fields.set("Strict-Transport-Security", policy) }
        let isChunked = head.version == .http11
        let keepsAlive =
            isChunked && head.keepsAlive && !server.isDraining && head.fields.count(of: "Upgrade") == 0
        var bytes: [UInt8] = []
        response.encodeHead(
            into: &bytes, bodyLength: nil, isChunked: isChunked, date: server.date, keepsAlive: keepsAlive,
            version: head.version)
        server.counters.answered(response.status)
        let stream = ResponseStream(
            on: self, isChunked: isChunked && head.method != .head, keepsAlive: keepsAlive)
        self.stream = stream
        _ = send(piece: bytes)
        return stream
    }

    /// Whether the socket has taken all of it; if not, the stream is told by `drained` or `ended`.
    func send(piece: [UInt8]) -> Bool {
        write(OutboundFrame(encoded: piece))
        guard phase == .open, outbox == nil else {
            // The write deadline runs.
            setDeadline(after: nil)
            return phase != .open
        }
        setDeadline(after: server.limits.handlerDeadline)
        return true
    }

    /// The body is sent; what comes next is as after any answer.
    func endStream(last: [UInt8], keepsAlive: Bool) {
        if !last.isEmpty { write(OutboundFrame(encoded: last)) }
        stream = nil
        exchange = nil
        guard keepsAlive, !server.isDraining else { return finish() }
        waitFor(outbox == nil ? .nextRequest : .drained)
        proceed()
    }

    /// Answers a request for an upgrade that is not granted, and closes.
    func refuseUpgrade(with response: HTTPResponse, to head: HTTPRequestHead) {
        server.counters.refused(.failedUpgrade)
        send(response, isAnswerToHead: head.method == .head, keepsAlive: false, version: head.version)
        exchange = nil
        abandonBody()
        finish()
    }

    /// Answers a request that cannot be read on, and closes.
    private func refuse(_ error: HTTPParseError) {
        if error == .timedOut {
            server.counters.refused(wait == .body ? .bodyDeadline : .headerDeadline)
        } else {
            server.counters.refused(.malformedRequest)
        }
        var response = ProblemResponse.response(error.status, detail: error.rawValue)
        if error == .methodNotAllowed {
            response.fields.set("Allow", HTTPMethod.allCases.map(\.rawValue).joined(separator: ", "))
        }
        send(response, isAnswerToHead: false, keepsAlive: false, version: .http11)
        exchange?.detach()
        exchange = nil
        abandonBody()
        finish()
    }

    private func send(_ response: HTTPResponse, isAnswerToHead: Bool, keepsAlive: Bool, version: HTTPVersion) {
        var response = response
        if let policy = tls?.strictTransportSecurity { response.fields.set("Strict-Transport-Security", policy) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(response.body.count + 256)
        response.encode(
            into: &bytes, isAnswerToHead: isAnswerToHead, date: server.date, keepsAlive: keepsAlive, version: version)
        server.counters.answered(response.status)
        write(OutboundFrame(encoded: bytes))
    }

    /// Sends the 101 and moves the socket to a WebSocket.
    func upgrade(with acceptance: HTTPResponse, session: any WebSocketSession, deflate: DeflateAgreement?) {
        var bytes: [UInt8] = []
        acceptance.encodeHead(into: &bytes, bodyLength: nil, date: server.date, keepsAlive: true)
        server.counters.answered(acceptance.status)
        exchange = nil
        guard let socket = surrender() else { return }
        server.counters.upgrades &+= 1
        let webSocket = WebSocketConnection(
            socket, peer: peer, server: server, session: session, deflate: deflate)
        server.replace(self, by: webSocket)
        webSocket.inherit(from: self)
        webSocket.hold(OutboundFrame(encoded: bytes))
        if isConsuming {
            successor = webSocket
        } else {
            webSocket.open(early: backlog)
        }
    }

    // MARK: The end

    override func drain() {
        if exchange == nil, parser.isIdle, backlog.isEmpty { finish() }
    }

    override func deadlinePassed() {
        switch wait {
        case .firstRequest, .nextRequest, .drained:
            if tls?.isHandshaking == true { server.counters.refused(.tlsDeadline) }
            finish()
        case .body where upload?.wantsMore == false && server.tick(after: .zero) <= uploadEnd:
            // It is the handler that is slow.
            setDeadline(atTick: deadlineOfNextPart)
        case .head, .body: refuse(.timedOut)
        case .handler:
            server.counters.refused(.handlerDeadline)
            // What has begun cannot become another answer.
            if stream != nil { return abort() }
            let isAnswerToHead = exchange?.head.method == .head
            exchange?.detach()
            exchange = nil
            var response = ProblemResponse.response(.serviceUnavailable, detail: "no answer in time")
            response.fields.set("Retry-After", "1")
            send(response, isAnswerToHead: isAnswerToHead, keepsAlive: false, version: .http11)
            finish()
        }
    }

    override func ended() {
        exchange?.detach()
        exchange = nil
        abandonBody()
        stream?.ended()
        stream = nil
    }
}
