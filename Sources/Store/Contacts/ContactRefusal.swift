/// Why a contact was not changed, or a code not sent or taken.
package enum ContactRefusal: Error, Equatable, Sendable {
    /// The person has as many contacts as one may have.
    case tooMany
    /// The person has this address already.
    case duplicate
    /// The number comes from the platform's directory: it is changed there.
    case fromDirectory
    /// No gateway places calls, so a voice contact is kept and never used.
    case voiceNotServed
    case alreadyVerified
    /// Nothing is sent to a contact whose owner asked for that.
    case optedOut
    /// The phone asked for silence, and only the phone can take it back, by START.
    case optedOutByPhone
    /// No code is awaited: none was sent, or it is too old.
    case noCode
    /// Not the code; so many may still be tried.
    case wrongCode(left: Int)
    /// Too many wrong codes, or too many codes sent: not before this time has passed.
    case wait(Duration)
}
