package import Outbound
package import Platform

/// Fetches the issuer's key set: at the start, again and again, and when somebody met an unknown key. Loop-confined; one a
/// process.
package final class KeySetFetcher {
    private static let deadline = Duration.seconds(5)
    /// After a failure the next try comes this soon, or at the usual time where that is sooner.
    private static let retry = Duration.seconds(30)

    private let reactor: Reactor
    private let client: OutboundClient
    private let ring: KeyRing
    private let url: String
    private let interval: Duration
    private var isStopped = false
    private var hasFailed = false

    package init(reactor: Reactor, client: OutboundClient, ring: KeyRing, url: String, interval: Duration) {
        self.reactor = reactor
        self.client = client
        self.ring = ring
        self.url = url
        self.interval = interval
    }

    /// Fetches now and then once an interval.
    package func start() async {
        if ring.begin() { await fetch() }
        schedule()
    }

    package func stop() { isStopped = true }

    /// The fetch that `KeyRing.refresh` began.
    package func fetchForRing() { reactor.spawn { await self.fetch() } }

    private func schedule() {
        guard !isStopped else { return }
        _ = reactor.schedule(after: hasFailed ? min(Self.retry, interval) : interval) { [weak self] in
            self?.reactor.spawn { await self?.start() }
        }
    }

    private func fetch() async {
        let request = OutboundRequest(.get, url, headers: [HeaderField("Accept", "application/json")])
        let keys: JSONWebKeySet?
        let reason: String
        switch await client.perform(request, deadline: Self.deadline) {
        case .response(let response):
            keys = response.status == 200 ? JSONWebKeySet(response.body) : nil
            reason = response.status == 200 ? "no key of use in it" : "status \(response.status)"
        case .notSent(let failure), .outcomeUnknown(let failure):
            keys = nil
            reason = "\(failure)"
        }
        if let keys {
            if hasFailed { Log.notice("key set fetched again", ["keys": String(keys.count)]) }
        } else {
            Log.warning("key set not fetched; the known keys stay", ["reason": reason])
        }
        hasFailed = keys == nil
        ring.take(keys)
    }
}
