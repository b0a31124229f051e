import Outbound
import Platform
import Wire

/// Posts signed status callbacks at their time, each once more where it was not answered 2xx. Runs on its loop.
final class CallbackPoster {
    private let reactor: Reactor
    private let client: OutboundClient
    private let configuration: LocalGatewayConfiguration
    /// Called after each post with the text's id, what was answered, and the error code that the callback carried.
    var posted: (String, SentText.Callback, Int?) -> Void = { _, _, _ in }
    /// Callbacks that wait or are under way.
    private(set) var pending = 0
    /// Callbacks that were not even tried, because too many were pending.
    private(set) var dropped = 0

    init(reactor: Reactor, client: OutboundClient, configuration: LocalGatewayConfiguration) {
        self.reactor = reactor
        self.client = client
        self.configuration = configuration
    }

    /// Posts a text's callbacks one after the other, each not before its moment, all `extra` later.
    func schedule(_ callbacks: [PlannedCallback], of text: SentText, delayedBy extra: Duration) {
        let admitted = callbacks.filter { _ in takePlace() }
        guard !admitted.isEmpty else { return }
        let taken = MonotonicTime.now()
        reactor.spawn { [self] in
            for callback in admitted {
                let due = taken.advanced(by: delay(of: callback.moment) + extra)
                await reactor.sleep(for: MonotonicTime.now().duration(to: due))
                await deliver(callback, of: text)
                pending -= 1
            }
        }
    }

    /// Posts now and waits for the answer.
    func post(_ callback: PlannedCallback, of text: SentText) async {
        guard takePlace() else { return }
        await deliver(callback, of: text)
        pending -= 1
    }

    private func delay(of moment: PlannedCallback.Moment) -> Duration {
        switch moment {
        case .first: configuration.firstCallbackAfter
        case .second: configuration.secondCallbackAfter
        }
    }

    private func takePlace() -> Bool {
        guard pending < configuration.maximumPendingCallbacks else {
            dropped += 1
            return false
        }
        pending += 1
        return true
    }

    private func deliver(_ callback: PlannedCallback, of text: SentText) async {
        guard let url = text.callbackURL else {
            return posted(text.sid, note(callback, "noStatusCallback"), callback.error)
        }
        let request = request(callback, of: text, to: url)
        let first = await client.perform(request, deadline: configuration.callbackDeadline)
        posted(text.sid, note(callback, Self.answer(first)), callback.error)
        guard !first.isSuccess else { return }
        await reactor.sleep(for: configuration.retryAfter)
        let second = await client.perform(request, deadline: configuration.callbackDeadline)
        posted(text.sid, note(callback, Self.answer(second)), callback.error)
    }

    private func note(_ callback: PlannedCallback, _ answer: String) -> SentText.Callback {
        SentText.Callback(status: callback.status, at: .now(), answer: answer)
    }

    private func request(_ callback: PlannedCallback, of text: SentText, to url: String) -> OutboundRequest {
        var form = URLEncodedForm()
        form.append("ApiVersion", "2010-04-01")
        form.append("MessageSid", text.sid)
        form.append("SmsSid", text.sid)
        form.append("AccountSid", text.accountSid)
        form.append("MessageStatus", callback.status)
        form.append("SmsStatus", callback.status)
        form.append("To", text.to)
        form.append("From", text.from)
        if let error = callback.error { form.append("ErrorCode", String(error)) }
        // A fragment configures the sender's connection; it is neither sent nor signed.
        let url = String(url.prefix { $0 != "#" })
        let signature = TwilioSignature.sign(url: url, form: form, token: configuration.authToken)
        return OutboundRequest(
            .post, url,
            headers: [
                HeaderField("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
                HeaderField(TwilioSignature.header, signature),
            ],
            body: form.encoded)
    }

    private static func answer(_ result: OutboundResult) -> String {
        switch result {
        case .response(let response): String(response.status)
        case .notSent(let failure), .outcomeUnknown(let failure): failure.code
        }
    }
}

extension OutboundResult {
    fileprivate var isSuccess: Bool {
        if case .response(let response) = self { response.isSuccess } else { false }
    }
}
