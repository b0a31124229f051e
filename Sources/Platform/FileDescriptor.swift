import Glibc

/// A file descriptor with one owner, closed when the owner is gone.
///
/// Keep it in a `final class`; copyable code may read `number`, but must not outlive the owner.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The kernel's number, never negative.
    package let number: CInt

    /// Takes ownership of an open descriptor. A negative number is a programmer's error: check the system call first.
    package init(owning number: CInt) {
        precondition(number >= 0, "a descriptor is owned only after its system call succeeded")
        self.number = number
    }

    deinit { _ = Glibc.close(number) }

    /// Gives the descriptor up without closing it; the caller closes it.
    package consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }
}
