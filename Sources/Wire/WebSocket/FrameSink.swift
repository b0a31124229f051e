/// Takes frames for one peer: the connection itself, so that a fan-out need not go through what owns it.
package protocol FrameSink: AnyObject {
    /// The number of the peer's socket while the sink is open, and always -1 where there is none.
    var socket: Int32 { get }

    /// Writes the frame, or queues a reference to it. Must not subscribe or unsubscribe before it returns.
    func deliver(_ frame: OutboundFrame)

    /// Delivers the frame like `deliver` and returns -1; or, where the bytes can go to the socket as they are and nothing
    /// waits before them, returns the socket's number and leaves it to the caller to send them.
    ///
    /// The caller does so before it gives up its turn, and before it gives this sink anything else; where not all bytes
    /// were taken, it calls `settle`. Under the same rule as `deliver`.
    func offer(_ frame: OutboundFrame) -> Int32

    /// What the caller's send came to where not all was taken: so many bytes, or a negative `errno`.
    func settle(_ frame: OutboundFrame, _ result: Int32)
}

extension FrameSink {
    package var socket: Int32 { -1 }

    package func offer(_ frame: OutboundFrame) -> Int32 {
        deliver(frame)
        return -1
    }

    package func settle(_ frame: OutboundFrame, _ result: Int32) {}
}
