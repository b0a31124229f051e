/// A function that is set once it is there, and does nothing until then. Any thread.
///
/// A structure stands around the function: one that is read by itself out of a generic type, as out of `Locked<function?>`, is
/// wrapped in a thunk each time and kept so, until a call goes through as many functions as there were calls before it.
package final class Hook<Argument: Sendable>: Sendable {
    private struct Function: Sendable {
        let call: @Sendable (Argument) -> Void
    }

    private let function = Locked<Function?>(nil)

    package init() {}

    /// Sets what is called from now on, by whichever thread calls.
    package func set(_ call: @escaping @Sendable (Argument) -> Void) { function.withLock { $0 = Function(call: call) } }

    package func callAsFunction(_ argument: Argument) { function.withLock { $0 }?.call(argument) }
}
