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
    /// Makes the request of a callback; nil where the text's vendor does not report that.
    var request: (PlannedCallback, SentText) -> OutboundRequest? = { _, _ in nil }
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
        guard let request = request(callback, text) else {
            return posted(text.sid, note(callback, "noStatusCallback"), callback.error)
        }
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

    static func answer(_ result: OutboundResult) -> String {
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
