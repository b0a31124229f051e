import CLinux
import Glibc

/// What a send on a non-blocking socket came to.
package enum SendResult: Equatable, Sendable {
    /// The kernel took so many bytes, perhaps fewer than were offered.
    case bytes(Int)
    /// The socket's buffer is full; wait until it is writable.
    case wouldBlock
    /// The socket failed; close it.
    case failed(SystemError)
}

/// The system calls of TCP sockets, all non-blocking and close-on-exec.
package enum Socket {
    /// What `accept` came to.
    package enum AcceptResult: ~Copyable {
        case connection(FileDescriptor, SocketAddress)
        /// No connection waits.
        case wouldBlock
        /// This connection failed before it was taken; try the next.
        case aborted
        /// No descriptors or memory (EMFILE, ENFILE, ENOBUFS, ENOMEM): the connection still waits; pause and try later.
        case exhausted(SystemError)
    }

    /// A listening socket; several loops may listen on one address (`SO_REUSEPORT`). What it accepts has `TCP_NODELAY`.
    package static func listen(on address: SocketAddress, backlog: CInt = 4096) throws(SystemError) -> FileDescriptor {
        let descriptor = try open(family: address.family)
        try set(descriptor.number, SOL_SOCKET, SO_REUSEADDR, 1)
        try set(descriptor.number, SOL_SOCKET, SO_REUSEPORT, 1)
        // Accepted sockets inherit it, which saves each of them a system call.
        try set(descriptor.number, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        guard unsafe address.withSockaddr({ unsafe Glibc.bind(descriptor.number, $0, $1) }) == 0 else {
            throw SystemError("bind")
        }
        guard Glibc.listen(descriptor.number, backlog) == 0 else { throw SystemError("listen") }
        return descriptor
    }

    /// Takes one waiting connection. It has the options that were set on the listener.
    package static func accept(_ listener: CInt) -> AcceptResult {
        while true {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let number = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe hub_accept4(listener, $0, &length, nonBlocking | closeOnExec)
                }
            }
            let failure = errno
            if number >= 0 {
                let descriptor = FileDescriptor(owning: number)
                guard let peer = SocketAddress(storage) else { return .aborted }
                return .connection(descriptor, peer)
            }
            switch failure {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted(SystemError("accept4", code: failure))
            default: return .aborted
            }
        }
    }

    /// Begins to connect; the socket becomes writable when it is done, and `error(of:)` then tells how.
    ///
    /// - Parameter source: the address of this machine to come from; its port is ignored. Nil leaves it to the kernel.
    package static func connect(
        to address: SocketAddress, from source: SocketAddress? = nil
    ) throws(SystemError) -> FileDescriptor {
        let descriptor = try open(family: address.family)
        _ = setOption(descriptor.number, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        if let source {
            // The port is found at the connect, where it need only be free for this destination.
            _ = setOption(descriptor.number, CInt(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
            guard unsafe source.withSockaddr({ unsafe Glibc.bind(descriptor.number, $0, $1) }) == 0 else {
                throw SystemError("bind")
            }
        }
        if unsafe address.withSockaddr({ unsafe Glibc.connect(descriptor.number, $0, $1) }) != 0 {
            // After a signal the kernel goes on as well; to ask again would be an error.
            guard errno == EINPROGRESS || errno == EINTR else { throw SystemError("connect") }
        }
        return descriptor
    }

    /// The pending error of a socket (`SO_ERROR`), which clears it; nil if there is none.
    package static func error(of descriptor: CInt) -> SystemError? {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
            return SystemError("getsockopt")
        }
        return code == 0 ? nil : SystemError("connect", code: code)
    }

    /// The address that a socket is bound to.
    package static func localAddress(of descriptor: CInt) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        return result == 0 ? SocketAddress(storage) : nil
    }

    /// Sends from `bytes`, never raising SIGPIPE.
    @inline(__always)
    package static func send(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> SendResult {
        while true {
            let count = unsafe sendUncancellably(descriptor, bytes)
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed(SystemError("send"))
            }
        }
    }

    /// The system call alone: how many bytes were taken, or -1 with `errno`. The shortest way, for fan-outs.
    @inline(__always)
    package static func sendUncancellably(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe hub_send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
    }

    /// Ends the sending half: the peer reads to the end and then sees the end.
    package static func shutDownSending(_ descriptor: CInt) { _ = shutdown(descriptor, CInt(SHUT_WR)) }

    /// Sets an integer option; false if the kernel refused.
    package static func setOption(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: CInt) -> Bool {
        var value = value
        return unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
    }

    private static func set(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: CInt) throws(SystemError) {
        guard setOption(descriptor, level, name, value) else { throw SystemError("setsockopt") }
    }

    private static func open(family: CInt) throws(SystemError) -> FileDescriptor {
        let number = socket(family, CInt(SOCK_STREAM.rawValue) | nonBlocking | closeOnExec, 0)
        guard number >= 0 else { throw SystemError("socket") }
        return FileDescriptor(owning: number)
    }

    private static let nonBlocking = CInt(SOCK_NONBLOCK.rawValue)
    private static let closeOnExec = CInt(SOCK_CLOEXEC.rawValue)
}
