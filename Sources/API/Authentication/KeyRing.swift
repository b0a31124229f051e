import Cryptography
package import Platform

/// The issuer's keys as this process knows them, shared by its loops. Any thread.
///
/// Who meets a key that is not here asks for a fetch: one at a time for all who ask, and not again within
/// `minimumInterval`, so that a flood of tokens with invented key ids costs one fetch in that time. While fetches fail the old
/// keys hold, for `maximumAge`.
package final class KeyRing: Sendable {
    package struct Limits: Sendable {
        package var minimumInterval = Duration.seconds(10)
        package var maximumAge = Duration.seconds(86_400)
        /// Who waits for one fetch; others are refused at once.
        package var maximumWaiting = 1_024

        package init() {}
    }

    /// What is known of a key.
    enum Finding: Equatable {
        case key(PublicKey)
        /// The set has no such key.
        case unknown
        /// There is no set, or it is too old to be believed.
        case noSet
    }

    private struct State {
        var keys: JSONWebKeySet
        var fetchedAt: MonotonicTime?
        var askedAt: MonotonicTime?
        var isAsking = false
        var waiting: [CheckedContinuation<Bool, Never>] = []
        var fetch: (@Sendable () -> Void)?
    }

    private let limits: Limits
    /// Whether the keys were given once and for all.
    private let isFixed: Bool
    private let state: Locked<State>

    /// Keys of a file.
    package init(fixed keys: JSONWebKeySet) {
        limits = Limits()
        isFixed = true
        state = Locked(State(keys: keys))
    }

    /// Empty, to be filled by fetches.
    package init(limits: Limits = Limits()) {
        self.limits = limits
        isFixed = false
        state = Locked(State(keys: JSONWebKeySet()))
    }

    /// - Parameter fetch: begins a fetch that ends in `take`; called on any thread.
    package func connect(_ fetch: @escaping @Sendable () -> Void) { state.withLock { $0.fetch = fetch } }

    func find(_ id: String?, _ kind: SignatureKind, now: MonotonicTime = .now()) -> Finding {
        state.withLock { state in
            if !isFixed {
                guard let fetchedAt = state.fetchedAt, fetchedAt.duration(to: now) <= limits.maximumAge else {
                    return .noSet
                }
            }
            return state.keys.key(id, kind).map { .key($0) } ?? .unknown
        }
    }

    /// Waits for a fetch that began now or is under way; false at once where there is none to wait for.
    package func refresh(now: MonotonicTime = .now()) async -> Bool {
        await withCheckedContinuation { continuation in
            enum Step { case refuse, wait, fetch(@Sendable () -> Void) }
            let step: Step = state.withLock { state in
                guard let fetch = state.fetch, state.waiting.count < limits.maximumWaiting else { return .refuse }
                if !state.isAsking {
                    if let asked = state.askedAt, asked.duration(to: now) < limits.minimumInterval { return .refuse }
                    state.isAsking = true
                    state.askedAt = now
                    state.waiting.append(continuation)
                    return .fetch(fetch)
                }
                state.waiting.append(continuation)
                return .wait
            }
            switch step {
            case .refuse: continuation.resume(returning: false)
            case .wait: break
            case .fetch(let fetch): fetch()
            }
        }
    }

    /// Says that a fetch begins that nobody asked for, and that is not counted; false while one is under way.
    func begin() -> Bool {
        state.withLock { state in
            guard !state.isAsking else { return false }
            state.isAsking = true
            return true
        }
    }

    /// The end of a fetch; nil where it failed, and then the old keys stay.
    func take(_ keys: JSONWebKeySet?, now: MonotonicTime = .now()) {
        let waiting = state.withLock { state in
            if let keys {
                state.keys = keys
                state.fetchedAt = now
            }
            state.isAsking = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: true) }
    }
}
