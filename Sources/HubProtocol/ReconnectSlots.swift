/// When the clients of a hub that restarts come back: each in a slot of its own, so that no second sees more of them than
/// the rate. A plain value.
///
/// The slots of a process are dealt to its loops in turn, as a pack of cards is, so that the rate holds however many
/// loops there are and however unevenly they are filled. Slots that a loop does not need stay empty.
package struct ReconnectSlots: Sendable {
    /// Before the first slot; the hub needs a moment to start again.
    package static let pause = Duration.milliseconds(500)

    private let perSecond: Double
    private let lane: Int
    private let lanes: Int

    /// - Parameters:
    ///   - perSecond: slots of the whole process in each second.
    ///   - lane: which loop this is, from 0.
    ///   - lanes: how many loops there are.
    package init(perSecond: Int, lane: Int, of lanes: Int) {
        self.perSecond = Double(max(1, perSecond))
        self.lanes = max(1, lanes)
        self.lane = min(max(0, lane), self.lanes - 1)
    }

    /// How long after the close the loop's `place`-th client comes back, in milliseconds, at most 49 days.
    ///
    /// - Parameter within: where in its slot, from 0 to below 1, so that clocks that tick alike do not meet.
    package func milliseconds(of place: Int, within: Double) -> UInt32 {
        let slot = Double(max(0, place)) * Double(lanes) + Double(lane) + min(max(0, within), 1)
        let pause = Double(Self.pause.components.attoseconds / 1_000_000_000_000_000)
        return UInt32(min(pause + slot * 1000 / perSecond, Double(UInt32.max)))
    }
}
