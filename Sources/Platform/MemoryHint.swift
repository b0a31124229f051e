import CLinux

/// Where an object lies, to bring it into the cache a few steps before a loop uses it.
///
/// A fan-out visits thousands of connections with a system call in between, which leaves none of them in the cache: without
/// this, each step waits for memory that the step before could have asked for. Changes nothing that can be seen, and does
/// not hold the object: even a retain would wait for the memory.
@safe package struct MemoryHint: Sendable {
    // Never read through; asking for memory that is gone is harmless.
    private nonisolated(unsafe) let address: UnsafeRawPointer

    package init(_ object: AnyObject) { unsafe address = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque()) }

    package init(_ address: UnsafeRawPointer) { unsafe self.address = unsafe address }

    /// Begins to fetch; returns at once.
    @inline(__always)
    package func prefetch() { unsafe hub_prefetch(address) }
}
