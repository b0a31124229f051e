package import Clinic
import Platform

/// Tells the loop that runs escalations and dispatch that there is work. Any thread; losing one costs a second at most,
/// because both look by themselves once a second.
package final class WorkSignal: Sendable {
    /// What a commit may leave to be done.
    package enum Work: Sendable {
        /// A timer is armed; perhaps earlier than any known before.
        case timer(dueIn: Duration)
        /// A message waits to be sent.
        case message
        /// A form waits to be read.
        case form
        /// A gateway reported what became of a message; the dispatcher judges the gateway by it.
        case report(GatewayReport)
    }

    private let receiver = Hook<Work>()

    package init() {}

    /// Sets who is told; until then signals are dropped.
    package func connect(_ receive: @escaping @Sendable (Work) -> Void) { receiver.set(receive) }

    package func send(_ work: Work) { receiver(work) }
}

/// What became of a message, and how long after its gateway got it.
package struct GatewayReport: Sendable, Equatable {
    package let gateway: String
    package let state: DeliveryState
    package let after: Duration
    /// Why, where it failed; nil where nobody said.
    package let error: DeliveryError.Class?

    package init(gateway: String, state: DeliveryState, after: Duration, error: DeliveryError.Class?) {
        self.gateway = gateway
        self.state = state
        self.after = after
        self.error = error
    }
}
