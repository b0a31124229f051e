import Glibc

/// A system call that failed: its `errno` and the name of the call.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The `errno` value, read in the statement after the call.
    package let code: CInt
    /// The system call, as in its manual page.
    package let operation: String

    package init(_ operation: String, code: CInt = errno) {
        self.code = code
        self.operation = operation
    }

    /// For logs: `bind: Address already in use`.
    package var description: String {
        guard let text = unsafe strerror(code) else { return "\(operation): error \(code)" }
        return unsafe "\(operation): \(String(cString: text))"
    }
}
