import Cryptography
package import Outbound
package import Platform
package import Wire

/// A gateway for development, demonstrations and tests: it speaks Twilio's Messages API, sends nothing, and calls back.
///
/// Requests in, responses out: whoever runs it brings the HTTP server. It keeps a log of what it was handed (`GET /log`,
/// `DELETE /log`, without a password: let it listen on loopback only). Runs on its loop.
package final class LocalGateway {
    private let reactor: Reactor
    private let configuration: LocalGatewayConfiguration
    private let callbacks: CallbackPoster
    private var log: SentTextLog
    private var silent = 0

    /// `client` posts the callbacks.
    package init(reactor: Reactor, client: OutboundClient, configuration: LocalGatewayConfiguration) {
        self.reactor = reactor
        self.configuration = configuration
        log = SentTextLog(capacity: configuration.maximumLogEntries)
        callbacks = CallbackPoster(reactor: reactor, client: client, configuration: configuration)
        callbacks.posted = { [weak self] sid, callback, errorCode in
            self?.log.update(sid) { text in
                text.callbacks.append(callback)
                text.status = callback.status
                text.errorCode = errorCode
            }
        }
    }

    /// Callbacks that wait or are under way.
    package var pendingCallbacks: Int { callbacks.pending }

    /// Answers a request; one to a number that gets no answer is held for `silence`.
    package func handle(_ request: HTTPRequest) async -> HTTPResponse {
        do throws(LocalGatewayError) {
            return try await route(request)
        } catch {
            return error.response
        }
    }

    private func route(_ request: HTTPRequest) async throws(LocalGatewayError) -> HTTPResponse {
        let path = request.head.path.split(separator: "/").map(String.init)
        switch (request.head.method, path.count) {
        case (.get, 1) where path == ["log"]:
            return HTTPResponse(
                .ok, contentType: "application/json", body: log.json(droppedCallbacks: callbacks.dropped))
        case (.delete, 1) where path == ["log"]:
            log.removeAll()
            return HTTPResponse(.noContent)
        case (_, 4...5) where path[0] == "2010-04-01" && path[1] == "Accounts":
            let account = path[2]
            try authorize(request.head, account: account)
            if path.count == 4, path[3] == "Messages.json" {
                guard request.head.method == .post else { throw .methodNotAllowed }
                return try await send(MessageForm(request.body), account: account)
            }
            guard path.count == 5, path[3] == "Messages", path[4].hasSuffix(".json") else { throw .notFound }
            guard request.head.method == .get else { throw .methodNotAllowed }
            guard let text = log[String(path[4].dropLast(5))], text.accountSid == account else { throw .notFound }
            return HTTPResponse(.ok, contentType: "application/json", body: text.resource)
        default: throw .notFound
        }
    }

    /// Demands the account's own user and password, or any user with that password where it stands for an API key.
    private func authorize(_ head: HTTPRequestHead, account: String) throws(LocalGatewayError) {
        guard let credentials = head.credentials(scheme: "Basic").flatMap({ Base64.decode($0) }),
            let colon = credentials.firstIndex(of: UInt8(ascii: ":"))
        else { throw .unauthorized }
        let isTokenRight = constantTimeEquals(Array(credentials[(colon + 1)...]), Array(configuration.authToken.utf8))
        let isUserRight = credentials[..<colon].elementsEqual(account.utf8) || credentials.starts(with: "SK".utf8)
        guard isTokenRight, isUserRight, configuration.accountSid ?? account == account else { throw .unauthorized }
    }

    private func send(_ form: MessageForm, account: String) async throws(LocalGatewayError) -> HTTPResponse {
        let behaviour = LocalBehaviour.of(form.to)
        let sid = "SM" + Hex.encode(SecureRandom.bytes(16))
        log.append(
            SentText(
                sid: sid, accountSid: account, at: .now(), to: form.to, from: form.from, body: form.body,
                callbackURL: form.callbackURL, behaviour: behaviour, status: "queued"))
        do throws(LocalGatewayError) {
            let response = try await answer(sid, behaviour)
            note(response.status, of: sid)
            return response
        } catch {
            note(error.status, of: sid)
            throw error
        }
    }

    private func answer(_ sid: String, _ behaviour: LocalBehaviour) async throws(LocalGatewayError) -> HTTPResponse {
        switch behaviour {
        case .rateLimited: throw .tooManyRequests
        case .serverError: throw .internalError
        case .invalidNumber: throw .badRequest(21211, "The 'To' number is not a valid phone number.")
        case .optedOut: throw .badRequest(21610, "Attempt to send to unsubscribed recipient")
        case .noAnswer:
            try await stayOpen()
            throw .timedOut
        case .errorButDelivered:
            scheduleCallbacks(sid, behaviour)
            throw .internalError
        case .earlyCallbacks:
            // The answer shows the text as it was when it was taken, as a slow answer would.
            let taken = log[sid]?.resource ?? []
            for callback in behaviour.callbacks { await post(callback, sid) }
            return HTTPResponse(.created, contentType: "application/json", body: taken)
        case .delivered, .undelivered, .failed, .noCallback, .duplicateCallbacks, .lateCallbacks, .reorderedCallbacks,
            .deliveredAfterUndelivered:
            scheduleCallbacks(sid, behaviour)
            return HTTPResponse(.created, contentType: "application/json", body: log[sid]?.resource ?? [])
        }
    }

    private func note(_ status: HTTPStatus, of sid: String) {
        log.update(sid) { text in
            text.answer = Int(status.rawValue)
            if status != .created, text.status == "queued" { text.status = "refused" }
        }
    }

    private func stayOpen() async throws(LocalGatewayError) {
        guard silent < configuration.maximumSilent else { throw .unavailable }
        silent += 1
        await reactor.sleep(for: configuration.silence)
        silent -= 1
    }

    private func scheduleCallbacks(_ sid: String, _ behaviour: LocalBehaviour) {
        guard let text = log[sid] else { return }
        let extra = behaviour == .lateCallbacks ? configuration.lateBy : .zero
        callbacks.schedule(behaviour.callbacks, of: text, delayedBy: extra)
    }

    private func post(_ callback: PlannedCallback, _ sid: String) async {
        guard let text = log[sid] else { return }
        await callbacks.post(callback, of: text)
    }
}
