package import Clinic
package import Wire

/// Who receives a channel's frames: one WebSocket. Called on its loop only.
package protocol Subscriber: FrameSink {
    /// Who takes the frames of a live subscription: the subscriber, or what it would hand them to. Asked when it begins.
    var sink: any FrameSink { get }
    /// Suspends until everything delivered so far has left; false once the subscriber is gone.
    func drained() async -> Bool
    /// The channel's history was lost (its epoch changed): the subscriber must subscribe anew.
    func lostHistory()
}

extension Subscriber {
    package var sink: any FrameSink { self }
}

/// One subscriber's place in one channel.
package final class Subscription {
    package let clinic: ClinicID
    /// The last event handed to the subscriber.
    package internal(set) var seq: Int64 {
        // A live one has what its channel has: a fan-out writes nothing here.
        get { isLive ? max(reached, channel?.head ?? reached) : reached }
        set { reached = newValue }
    }
    let subscriber: any Subscriber
    /// Whether new events go straight to the subscriber; false while it is still being given what it missed.
    package internal(set) var isLive = false {
        didSet { channel?.changedLiveness(of: self) }
    }
    /// Where the channel has it; -1 once it is cancelled.
    var index = -1
    /// Nil before it is added and once it is cancelled.
    unowned var channel: Channel?
    /// The last event handed to it before it went live, or before it ended.
    private(set) var reached: Int64

    init(clinic: ClinicID, seq: Int64, subscriber: any Subscriber) {
        self.clinic = clinic
        reached = seq
        self.subscriber = subscriber
    }

    /// False once it was cancelled.
    package var isActive: Bool { index >= 0 }

    /// The channel has let go of it.
    func end() {
        reached = seq
        channel = nil
        index = -1
        isLive = false
    }
}
