import Glibc

/// What goes wrong in the simulated kernel, beside what the peers do.
struct Faults: Sendable {
    /// The calls that a fault can be planned for.
    enum Call: CaseIterable, Sendable {
        case receive, send, register

        /// What Linux may answer it with; recv(2), send(2), epoll_ctl(2), tcp(7).
        var errors: [CInt] {
            switch self {
            case .receive: [EINTR, ECONNRESET, ETIMEDOUT, ENOMEM, ENOBUFS, EHOSTUNREACH]
            case .send: [EINTR, EAGAIN, EPIPE, ECONNRESET, ENOMEM, ENOBUFS, ETIMEDOUT]
            case .register: [ENOMEM, ENOSPC]
            }
        }
    }

    /// One error at one call of one connection.
    struct Planned: Sendable {
        let link: Int
        let call: Int
        /// Which of the call's errors; passes over where the call has fewer.
        let choice: Int
    }

    /// So many of a thousand calls are interrupted by a signal.
    var interruptedPerMille = 0
    /// So many of a thousand sends take less than there is room for.
    var shortPerMille = 0
    /// So many of a thousand accepts fail for want of descriptors or memory, or because the peer has gone.
    var acceptPerMille = 0
    /// So many of a thousand waits report an event of a registration that is over.
    var stalePerMille = 0
    var planned: Planned?

    static let ofAccept: [CInt] = [EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EPROTO, EINTR]
    /// After these the connection is gone; after others it is as it was.
    static func endsConnection(_ error: CInt) -> Bool {
        [ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH].contains(error)
    }
}
