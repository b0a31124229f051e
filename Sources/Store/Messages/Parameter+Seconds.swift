import Database

extension Parameter {
    /// Whole seconds, rounded up, or null.
    static func seconds(_ duration: Duration?) -> Parameter {
        guard let duration else { return .null }
        let (seconds, attoseconds) = duration.components
        return .integer(min(attoseconds > 0 ? seconds &+ 1 : seconds, Int64(Int32.max)))
    }
}
