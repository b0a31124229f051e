/// When an engine looks for due timers again. Pure.
package enum TimerLook {
    /// A due timer that somebody has locked is tried again after this: whoever holds it needs some milliseconds (a claim of
    /// one of the alert's messages, an acknowledgement), or has died and lets go of it.
    package static let whileLocked = Duration.milliseconds(20)

    /// How long until the next look has something to find; `nil` where nothing is to come.
    ///
    /// - Parameters:
    ///   - coming: how long until the next timer that is not due yet; `nil` for none.
    ///   - due: timers that were due, and put aside by nobody.
    ///   - taken: those of them that this look got.
    package static func next(coming: Duration?, due: Int, taken: Int) -> Duration? {
        guard due > taken else { return coming }
        return min(coming ?? whileLocked, whileLocked)
    }
}
