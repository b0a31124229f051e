/// Bytes on their way out, encoded once and never changed: one object for all peers that are sent them.
///
/// A socket is given the bytes; where it does not take them all, its queue holds a reference to this, never a copy.
package final class OutboundFrame: Sendable {
    /// Header and payload, as they go on the wire of a server.
    package let bytes: [UInt8]
    /// The owner's mark, by which it finds frames that wait in a slow peer's queue, as to replace a patient's status by a
    /// newer one. 0: no mark.
    package let mark: UInt64

    /// Takes bytes that are complete already.
    package init(encoded bytes: [UInt8], mark: UInt64 = 0) {
        self.bytes = bytes
        self.mark = mark
    }

    /// A text message in one frame; `payload` is UTF-8.
    package convenience init(text payload: [UInt8], mark: UInt64 = 0) {
        self.init(encoded: FrameEncoder.frame(.text, payload), mark: mark)
    }

    /// A binary message in one frame.
    package convenience init(binary payload: [UInt8], mark: UInt64 = 0) {
        self.init(encoded: FrameEncoder.frame(.binary, payload), mark: mark)
    }
}
