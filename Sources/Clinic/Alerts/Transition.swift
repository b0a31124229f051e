/// What a wish to change a status comes to.
package enum Transition: Hashable, Sendable {
    /// Legal, and something changes.
    case moves
    /// It already has that status: answer success, change nothing, tell nobody.
    case stays
    /// Not legal: answer a conflict.
    case refused
}
