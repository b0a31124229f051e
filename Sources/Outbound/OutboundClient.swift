import CCurl
package import Platform

/// The HTTP client of one loop: bounded, without redirects, with deadlines, and clear about whether a request left.
///
/// Runs on its loop. Connections are kept and used again. Names are resolved in libcurl's own thread, so nothing here
/// blocks. TLS certificates are always verified.
package final class OutboundClient {
    private final class Call {
        let request: OutboundRequest
        let origin: Origin
        let completion: (OutboundResult) -> Void
        var timer: TimerToken?
        var transfer: CurlTransfer?

        init(_ request: OutboundRequest, _ origin: Origin, _ completion: @escaping (OutboundResult) -> Void) {
            self.request = request
            self.origin = origin
            self.completion = completion
        }
    }

    private let reactor: Reactor
    private let limits: OutboundLimits
    private var multi: CurlMulti?
    private var queue: [Call] = []
    private var active: [UInt: Call] = [:]
    private var activeByOrigin: [Origin: Int] = [:]

    /// A client that reaches nobody yet. Throws `library` when libcurl cannot be started: stop the process.
    package init(reactor: Reactor, limits: OutboundLimits = OutboundLimits()) throws(OutboundFailure) {
        self.reactor = reactor
        self.limits = limits
        guard let multi = CurlMulti(reactor: reactor, maximumConnections: limits.maximumActive) else {
            throw .library(CURLE_FAILED_INIT.rawValue)
        }
        self.multi = multi
        multi.finished = { [weak self] key, code in self?.finished(key, code) }
    }

    deinit { for call in active.values { call.transfer.map { multi?.remove($0) } } }

    /// Requests under way.
    package var activeCount: Int { active.count }

    /// Requests that wait for a place.
    package var queuedCount: Int { queue.count }

    /// Sends a request and waits for the whole answer, at most `deadline` from now, waiting for a place included.
    ///
    /// It always returns, at the deadline at the latest; cancelling the task does not shorten it.
    package func perform(_ request: OutboundRequest, deadline: Duration) async -> OutboundResult {
        await withCheckedContinuation { continuation in
            start(request, deadline: deadline) { continuation.resume(returning: $0) }
        }
    }

    /// Sends a request; `completion` is called once on the loop, perhaps before this returns.
    package func start(
        _ request: OutboundRequest, deadline: Duration, completion: @escaping (OutboundResult) -> Void
    ) {
        guard multi != nil else { return completion(.notSent(.closed)) }
        guard let origin = Origin(url: request.url), request.headers.allSatisfy(\.isWellFormed),
            request.body.isEmpty || request.method == .post || request.method == .put
        else { return completion(.notSent(.invalidRequest)) }
        guard queue.count < limits.maximumQueued else { return completion(.notSent(.queueFull)) }
        let call = Call(request, origin, completion)
        call.timer = reactor.schedule(after: deadline) { [weak self, weak call] in
            if let call { self?.expire(call) }
        }
        queue.append(call)
        startQueued()
    }

    /// Gives everything up: what waits and what is under way ends with `closed`, later requests too.
    package func close() {
        guard let multi else { return }
        self.multi = nil
        let waiting = queue
        let running = active.values
        queue.removeAll()
        active.removeAll()
        activeByOrigin.removeAll()
        for call in running { call.transfer.map { multi.remove($0) } }
        for call in waiting + running {
            call.timer.map(reactor.cancel)
            call.completion(call.transfer?.failed(.closed) ?? .notSent(.closed))
        }
    }

    /// Starts what waits, in order, as far as there is room; a busy origin does not hold up the others.
    private func startQueued() {
        var index = 0
        while active.count < limits.maximumActive, index < queue.count {
            if activeByOrigin[queue[index].origin, default: 0] < limits.maximumActivePerOrigin {
                begin(queue.remove(at: index))
            } else {
                index += 1
            }
        }
    }

    private func begin(_ call: Call) {
        guard let transfer = CurlTransfer(call.request, limits: limits), multi?.add(transfer) == true else {
            call.timer.map(reactor.cancel)
            return call.completion(.notSent(.library(CURLE_FAILED_INIT.rawValue)))
        }
        call.transfer = transfer
        active[transfer.key] = call
        activeByOrigin[call.origin, default: 0] += 1
    }

    private func finished(_ key: UInt, _ code: CURLcode) {
        guard let call = active[key], let transfer = call.transfer else { return }
        end(call, transfer.result(of: code))
    }

    private func expire(_ call: Call) {
        guard let transfer = call.transfer else {
            queue.removeAll { $0 === call }
            return call.completion(.notSent(.deadline))
        }
        multi?.remove(transfer)
        end(call, transfer.failed(.deadline))
    }

    private func end(_ call: Call, _ result: OutboundResult) {
        if let transfer = call.transfer { active[transfer.key] = nil }
        if let count = activeByOrigin[call.origin] { activeByOrigin[call.origin] = count > 1 ? count - 1 : nil }
        call.timer.map(reactor.cancel)
        call.completion(result)
        startQueued()
    }
}
