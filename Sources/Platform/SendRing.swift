import CLinux
import Glibc

/// Sends on many sockets by one system call (io_uring). Loop-confined: made and used on its loop's thread.
///
/// Each send is tried once, at the time of the call, as a `send` on a non-blocking socket is: nothing stays in the kernel
/// that could be sent later, or to a descriptor that another connection has by then. Results come back in the same call.
@safe package final class SendRing {
    /// Sends of one call at most.
    package static let capacity = 1_024
    /// Fewer sends than this cost less one by one (measured, see Protocol/decisions); whoever has sends asks for it.
    package var leastSends = 64

    private let ring: UnsafeMutablePointer<hub_send_ring>
    private var queued = 0

    /// Nil where the kernel has no io_uring of this kind, does not allow it, or does it otherwise than expected.
    package init?() {
        unsafe ring = .allocate(capacity: 1)
        unsafe ring.initialize(to: hub_send_ring())
        guard unsafe hub_send_ring_open(ring, UInt32(Self.capacity)) == 0, worksAsExpected() else { return nil }
    }

    deinit {
        unsafe hub_send_ring_close(ring)
        unsafe ring.deallocate()
    }

    /// Whether `submit` must be called before the next `add`.
    package var isFull: Bool { queued == Self.capacity }

    /// Queues a send of `bytes`, which must stay where they are until `submit` has returned. Not where the ring is full.
    @inline(__always)
    package func add(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, mark: Int) {
        precondition(queued < Self.capacity, "a full ring is submitted first")
        unsafe hub_send_ring_add(
            ring, descriptor, bytes.baseAddress, UInt32(clamping: bytes.count), UInt64(bitPattern: Int64(mark)))
        queued += 1
    }

    /// Sends what is queued, and tells of each by its mark how many bytes the socket took, or a negative `errno`.
    ///
    /// `EINTR` where the kernel did not come to it: nothing was sent, and a plain `send` will do. `each` must not use the
    /// ring.
    package func submit(_ each: (_ mark: Int, _ result: Int32) -> Void) {
        let count = queued
        let taken = Int(unsafe hub_send_ring_submit(ring))
        var mark: UInt64 = 0
        var result: Int32 = 0
        var missing = taken
        while unsafe hub_send_ring_next(ring, &mark, &result) != 0 {
            missing -= 1
            each(Int(truncatingIfNeeded: mark), result)
        }
        precondition(missing == 0, "a send that may not wait is done when the kernel has taken it")
        for index in taken..<count {
            each(Int(truncatingIfNeeded: unsafe hub_send_ring_untaken(ring, UInt32(index - taken))), -EINTR)
        }
        queued = 0
    }

    // MARK: The probe

    /// Sends to a pair of sockets until it is full, and looks whether each send was done, or refused, within its call.
    private func worksAsExpected() -> Bool {
        var pair: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else { return false }
        let near = FileDescriptor(owning: pair[0])
        let far = FileDescriptor(owning: pair[1])
        let bytes = [UInt8](repeating: 0, count: 4_096)
        for _ in 0..<4_096 {
            guard let result = unsafe bytes.withUnsafeBytes({ unsafe tryOne(near.number, $0) }) else { return false }
            if result == -EAGAIN { return isHeard(by: far.number) }
            guard result > 0 else { return false }
        }
        return false
    }

    private func tryOne(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int32? {
        unsafe hub_send_ring_add(ring, descriptor, bytes.baseAddress, UInt32(clamping: bytes.count), 7)
        guard unsafe hub_send_ring_submit(ring) == 1 else { return nil }
        var mark: UInt64 = 0
        var result: Int32 = 0
        guard unsafe hub_send_ring_next(ring, &mark, &result) != 0, mark == 7 else { return nil }
        return result
    }

    private func isHeard(by descriptor: CInt) -> Bool {
        var byte: UInt8 = 1
        return unsafe recv(descriptor, &byte, 1, 0) == 1 && byte == 0
    }
}
