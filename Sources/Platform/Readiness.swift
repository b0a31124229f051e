import CLinux

/// What a descriptor is ready for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer shut its sending half down, or both are gone, or the descriptor failed; reported without being asked.
    package static let hangUp = Readiness(rawValue: EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue)
}

/// Whoever is told that a descriptor became ready. Runs on its loop.
package protocol ReadinessHandler: AnyObject {
    /// Called at most once a turn for a descriptor, with everything that it is ready for.
    func becameReady(_ readiness: Readiness)
}

/// Names one registration of a descriptor with a `Reactor`: an event for an earlier one is dropped.
package struct Watch: Sendable, Hashable {
    let descriptor: CInt
    let generation: UInt32

    /// The 64 bits that epoll carries: generation above descriptor.
    var token: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor)) }

    init(descriptor: CInt, generation: UInt32) {
        self.descriptor = descriptor
        self.generation = generation
    }

    init(token: UInt64) {
        descriptor = CInt(truncatingIfNeeded: token)
        generation = UInt32(truncatingIfNeeded: token >> 32)
    }
}
