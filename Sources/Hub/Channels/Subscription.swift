package import Clinic
package import Wire

/// Who receives a channel's frames: one WebSocket. Called on its loop only.
package protocol Subscriber: AnyObject {
    /// Writes the frame, or queues a reference to it. Must not subscribe or unsubscribe before it returns.
    func deliver(_ frame: OutboundFrame)
    /// Suspends until everything delivered so far has left; false once the subscriber is gone.
    func drained() async -> Bool
    /// The channel's history was lost (its epoch changed): the subscriber must subscribe anew.
    func lostHistory()
}

/// One subscriber's place in one channel.
package final class Subscription {
    package let clinic: ClinicID
    /// The last event handed to the subscriber.
    package internal(set) var seq: Int64
    let subscriber: any Subscriber
    /// Whether new events go straight to the subscriber; false while it is still being given what it missed.
    package internal(set) var isLive = false
    /// Where the channel has it; -1 once it is cancelled.
    var index = -1

    init(clinic: ClinicID, seq: Int64, subscriber: any Subscriber) {
        self.clinic = clinic
        self.seq = seq
        self.subscriber = subscriber
    }

    /// False once it was cancelled.
    package var isActive: Bool { index >= 0 }

    /// The channel has let go of it.
    func end() {
        index = -1
        isLive = false
    }
}
