import Platform

/// Port pairs for servers under test: a hub's, and the next one for its gateway.
enum FreePorts {
    private static let taken = Locked<Set<UInt16>>([])

    /// Two adjoining ports that nobody listens on, below those that the system gives to outgoing connections.
    static func pair() throws(SystemError) -> UInt16 {
        for _ in 0..<1_000 {
            let port = UInt16.random(in: 10_000...15_999) &* 2
            let isNew = taken.withLock { $0.insert(port).inserted }
            if isNew, isFree(port), isFree(port &+ 1) { return port }
        }
        throw SystemError("bind", code: 98)
    }

    private static func isFree(_ port: UInt16) -> Bool {
        // Whoever listens here with SO_REUSEPORT would let a second listener in, so it is asked, not tried.
        (try? ClientSocket(port: port, within: .seconds(1))) == nil
    }
}
