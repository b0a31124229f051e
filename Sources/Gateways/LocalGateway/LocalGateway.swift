import Cryptography
package import Outbound
package import Platform
package import Wire

/// A gateway for development, demonstrations and tests: it speaks the APIs of every vendor that the hub knows, sends
/// nothing, and calls back. What it is sent decides which vendor it is.
///
/// Requests in, responses out: whoever runs it brings the HTTP server. Runs on its loop. Its own paths need no password, so
/// let it listen on loopback only:
///
/// | path | what |
/// |---|---|
/// | `GET /log`, `DELETE /log` | what it was handed, and what became of it |
/// | `PUT /faults`, `GET /faults` | how it is to fail (`FaultScript`) |
/// | `POST /inbound` | sends a reply to the hub: `{gateway, from, to, text, url}` |
/// | `PUT /square`, `GET /square` | what Square is to know, and every request to it (`LocalSquare`) |
package final class LocalGateway {
    private let reactor: Reactor
    private let client: OutboundClient
    private let configuration: LocalGatewayConfiguration
    private let callbacks: CallbackPoster
    private let twilio: LocalTwilio
    private let dialects: [any LocalDialect]
    private var log: SentTextLog
    private var faults: FaultScript
    private var square = LocalSquare()
    private var silent = 0
    /// Keeps a line of JSON about everything that happens, before the sender hears of it. The default keeps nothing.
    private let keep: ([UInt8]) -> Void

    /// `client` posts the callbacks.
    package init(
        reactor: Reactor, client: OutboundClient, configuration: LocalGatewayConfiguration,
        faults: FaultScript = FaultScript(), keep: @escaping ([UInt8]) -> Void = { _ in }
    ) {
        self.reactor = reactor
        self.client = client
        self.configuration = configuration
        self.faults = faults
        self.keep = keep
        twilio = LocalTwilio(configuration: configuration)
        dialects = [
            twilio, LocalTelnyx(configuration: configuration), LocalVonage(configuration: configuration),
            LocalFCM(), LocalWebhook(configuration: configuration), LocalSNS(),
        ]
        log = SentTextLog(capacity: configuration.maximumLogEntries)
        callbacks = CallbackPoster(reactor: reactor, client: client, configuration: configuration)
        callbacks.request = { [dialects] callback, text in
            dialects.first { $0.name == text.dialect }?.callback(callback, of: text, at: .now())
        }
        callbacks.posted = { [weak self] sid, callback, errorCode in self?.note(callback, errorCode, of: sid) }
    }

    /// Callbacks that wait or are under way.
    package var pendingCallbacks: Int { callbacks.pending }

    /// Answers a request; one to a number that gets no answer is held for `silence`.
    package func handle(_ request: HTTPRequest) async -> HTTPResponse {
        let path = request.head.path.split(separator: "/").map(String.init)
        if let response = await ownPath(request, path) { return response }
        let id = Hex.encode(SecureRandom.bytes(16))
        for dialect in dialects {
            do throws(LocalGatewayError) {
                guard var text = try dialect.text(of: request, id: id, at: .now()) else { continue }
                text.request = String(decoding: request.body.prefix(8_192), as: UTF8.self)
                return await take(text, dialect)
            } catch {
                return dialect.refusal(error)
            }
        }
        return LocalGatewayError.notFound.response
    }

    // MARK: Its own paths

    private func ownPath(_ request: HTTPRequest, _ path: [String]) async -> HTTPResponse? {
        switch (request.head.method, path) {
        case (.get, ["log"]): return .json(.ok, log.json(droppedCallbacks: callbacks.dropped))
        case (.delete, ["log"]):
            log.removeAll()
            return HTTPResponse(.noContent)
        case (.get, ["faults"]): return .json(.ok, faults.json)
        case (.put, ["faults"]):
            guard let script = FaultScript(json: request.body) else {
                return LocalGatewayError.badRequest(20001, "The faults are not a script").response
            }
            faults = script
            return HTTPResponse(.noContent)
        case (.post, ["inbound"]): return await reply(request)
        case (.get, ["square"]): return .json(.ok, square.log)
        case (.put, ["square"]):
            guard square.set(request.body) else {
                return LocalGatewayError.badRequest(20001, "That is nothing for Square").response
            }
            return HTTPResponse(.noContent)
        // Telnyx's messages begin like Square's paths.
        case (_, _) where path.first == "v2" && path.dropFirst().first != "messages":
            let answer = square.answer(request)
            if answer.latency > .zero { await reactor.sleep(for: answer.latency) }
            return answer.response
        case (.post, ["token"]): return LocalFCM.token(Hex.encode(SecureRandom.bytes(8)))
        case (.get, _) where path.first == "2010-04-01": return twilioQuery(request, path)
        default: return nil
        }
    }

    /// Twilio's texts, one or all to a number, the newest first.
    private func twilioQuery(_ request: HTTPRequest, _ path: [String]) -> HTTPResponse {
        do throws(LocalGatewayError) {
            guard path.count >= 4, path[1] == "Accounts" else { throw .notFound }
            try twilio.authorize(request.head, account: path[2])
            if path.count == 4, path[3] == "Messages.json" {
                let to = request.head.query["To"]
                let texts = log.newestFirst.filter { $0.dialect == twilio.name && $0.isTaken && $0.to == to }
                return .json(.ok, SentText.page(Array(texts.prefix(50))))
            }
            guard path.count == 5, path[3] == "Messages", path[4].hasSuffix(".json"),
                let text = log[String(path[4].dropLast(5))], text.accountSid == path[2]
            else { throw .notFound }
            return .json(.ok, text.resource)
        } catch {
            return error.response
        }
    }

    private func reply(_ request: HTTPRequest) async -> HTTPResponse {
        guard let json = try? JSONReader.readObject(request.body), let gateway = json["gateway"]?.stringValue,
            let dialect = dialects.first(where: { $0.name == gateway }), let from = json["from"]?.stringValue,
            let text = json["text"]?.stringValue, let url = json["url"]?.stringValue
        else { return LocalGatewayError.badRequest(20001, "The reply needs gateway, from, text and url").response }
        let reply = LocalReply(
            id: json["id"]?.stringValue ?? Hex.encode(SecureRandom.bytes(16)), from: from,
            to: json["to"]?.stringValue ?? "+15005550006", text: text, url: url)
        guard let post = dialect.reply(reply, at: .now()) else {
            return LocalGatewayError.badRequest(20001, "This gateway passes no replies on").response
        }
        let answer = CallbackPoster.answer(await client.perform(post, deadline: configuration.callbackDeadline))
        var body = JSONWriter()
        body.object { json in
            json.field("id", reply.id)
            json.field("answer", answer)
        }
        return .json(.ok, body.bytes)
    }

    // MARK: Texts

    private func take(_ text: SentText, _ dialect: any LocalDialect) async -> HTTPResponse {
        var text = text
        let fault = faults.next(for: text.to, dialect: dialect.name)
        text.behaviour = fault?.behaviour ?? LocalBehaviour.of(text.to)
        log.append(text)
        keep(text.line("received"))
        if let latency = fault?.latency { await reactor.sleep(for: latency) }
        let response: HTTPResponse
        do throws(LocalGatewayError) {
            response = try await answer(text, dialect)
        } catch {
            response = dialect.refusal(error)
        }
        log.update(text.sid) { text in
            text.answer = Int(response.status.rawValue)
            if !(200...299).contains(response.status.rawValue), text.status == "queued" { text.status = "refused" }
        }
        return response
    }

    private func answer(_ text: SentText, _ dialect: any LocalDialect) async throws(LocalGatewayError) -> HTTPResponse {
        switch text.behaviour {
        case .rateLimited: throw .tooManyRequests(retryAfter: 2)
        case .serverError: throw .internalError
        case .invalidNumber: throw .invalidNumber
        case .optedOut: throw .optedOut
        case .noAnswer:
            try await stayOpen()
            throw .timedOut
        case .errorButDelivered:
            scheduleCallbacks(text)
            throw .internalError
        case .earlyCallbacks:
            // The answer shows the text as it was when it was taken, as a slow answer would.
            for callback in text.behaviour.callbacks { await callbacks.post(callback, of: text) }
            return dialect.accepted(text)
        case .delivered, .undelivered, .failed, .noCallback, .duplicateCallbacks, .lateCallbacks, .reorderedCallbacks,
            .deliveredAfterUndelivered:
            scheduleCallbacks(text)
            return dialect.accepted(text)
        }
    }

    private func stayOpen() async throws(LocalGatewayError) {
        guard silent < configuration.maximumSilent else { throw .unavailable }
        silent += 1
        await reactor.sleep(for: configuration.silence)
        silent -= 1
    }

    private func scheduleCallbacks(_ text: SentText) {
        let extra = text.behaviour == .lateCallbacks ? configuration.lateBy : .zero
        callbacks.schedule(text.behaviour.callbacks, of: text, delayedBy: extra)
    }

    private func note(_ callback: SentText.Callback, _ errorCode: Int?, of sid: String) {
        log.update(sid) { text in
            text.callbacks.append(callback)
            text.status = callback.status
            text.errorCode = errorCode
        }
    }
}
