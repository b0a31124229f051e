import Wire

/// What a WebSocket does with its queue besides adding to its end.
extension Connection {
    /// Puts a pong in the queue before frames that have not begun, in place of an older one; or sends it.
    func writePong(_ frame: OutboundFrame) {
        guard phase == .open else { return }
        let taken = outbox == nil ? send(frame) : 0
        if taken == 0 {
            withOutbox { $0.replacePong(frame) }
        } else if taken < frame.bytes.count {
            enqueue(frame, written: taken)
        }
    }

    /// Forgets queued frames that have not begun to leave, where `isExpendable` says so.
    func discardQueued(where isExpendable: (OutboundFrame) -> Bool) {
        outbox?.discard(where: isExpendable)
        forgetEmptyOutbox()
    }

    /// Forgets all that is queued, except a frame that has begun to leave.
    func discardUnbegun() {
        outbox?.discardUnbegun()
        forgetEmptyOutbox()
    }
}
