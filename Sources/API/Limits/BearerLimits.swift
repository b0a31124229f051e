import Clinic
package import Platform
package import Transport

/// What those who have shown a token may cost the process, counted by user and by clinic. Any thread.
///
/// By user, not by token: whoever has several tokens has no more for it. One table for all loops, as ``AddressLimits``.
/// A place is taken at the clinic only where the user has one, so a user who asks too often takes nothing of the others.
package final class BearerLimits: Sendable {
    /// Of each user and of each clinic.
    package struct Limits: Sendable, Equatable {
        /// Open WebSockets, how fast they may be opened, and messages with REST requests.
        package var user: Each
        package var clinic: Each

        package struct Each: Sendable, Equatable {
            package var sockets = 65_536
            package var openings = TokenBucket.Rate.perSecond(100_000)
            package var messages = TokenBucket.Rate.perSecond(1_000_000)
        }

        package init() {
            user = Each()
            clinic = Each()
        }
    }

    private struct User: Hashable, Sendable {
        let clinic: ClinicID
        let user: UserID
    }

    private struct State {
        var users: LimitTable<User>
        var clinics: LimitTable<ClinicID>
    }

    private let state: Locked<State>

    /// - Parameter sockets: the most that can be open in this process.
    package init(_ limits: Limits = Limits(), sockets: Int = 65_536) {
        // Those who only send requests, or are gone a moment ago, are remembered besides those who have a socket.
        state = Locked(
            State(
                users: LimitTable(limits.user.ofTable(), capacity: sockets + 16_384),
                clinics: LimitTable(limits.clinic.ofTable(), capacity: sockets + 4_096)))
    }

    /// Counts a WebSocket of a bearer; nil if it may be opened. `leave` gives the place back.
    package func enter(_ principal: Principal, now: MonotonicTime) -> TransportCounters.Refusal? {
        let user = User(clinic: principal.clinic, user: principal.user)
        return state.withLock { state in
            switch state.users.open(user, now: now) {
            case .tooManyOpen: return .userLimit
            case .tooManyOpenings, .tooManyMessages: return .userRate
            case nil: break
            }
            switch state.clinics.open(user.clinic, now: now) {
            case nil: return nil
            case .tooManyOpen:
                state.users.close(user)
                return .clinicLimit
            case .tooManyOpenings, .tooManyMessages:
                state.users.close(user)
                return .clinicRate
            }
        }
    }

    /// The WebSocket is closed, or was never opened.
    package func leave(_ principal: Principal) {
        let user = User(clinic: principal.clinic, user: principal.user)
        state.withLock { state in
            state.users.close(user)
            state.clinics.close(user.clinic)
        }
    }

    /// Counts a message or a request; nil if it may be.
    package func takeMessage(of principal: Principal, now: MonotonicTime) -> TransportCounters.Refusal? {
        let user = User(clinic: principal.clinic, user: principal.user)
        return state.withLock { state in
            if state.users.take(user, now: now) != nil { return .userMessages }
            return state.clinics.take(user.clinic, now: now) == nil ? nil : .clinicMessages
        }
    }
}

extension BearerLimits.Limits.Each {
    fileprivate func ofTable<Key>() -> LimitTable<Key>.Limits {
        LimitTable<Key>.Limits(open: sockets, openings: openings, messages: messages)
    }
}
