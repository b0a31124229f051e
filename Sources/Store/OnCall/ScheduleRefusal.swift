/// Why a schedule was not changed.
package enum ScheduleRefusal: Error, Equatable, Sendable {
    /// Another schedule of the clinic has this name.
    case nameTaken
    /// It was changed meanwhile; this is its version now.
    case versionMismatch(current: Int)
    /// The clinic has as many schedules, or the schedule as many overrides, as there may be.
    case tooMany
    /// The clinic's active policy names it.
    case inUse
}
