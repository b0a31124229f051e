import Clinic

/// When work was interrupted, from the faults alone: the time that lateness is excused by.
///
/// An interruption lasts until one poll after its end: by then whoever waits has looked again.
struct Interruptions {
    /// Sorted, and none touches another.
    private var spans: [(from: Timestamp, to: Timestamp)] = []
    private static let poll = Duration.seconds(1)

    mutating func add(from: Timestamp, to end: Timestamp) {
        var (from, to) = (from, end.advanced(by: Self.poll))
        var index = spans.count
        while index > 0, spans[index - 1].to >= from {
            index -= 1
            if spans[index].from <= to {
                from = min(from, spans[index].from)
                to = max(to, spans[index].to)
                spans.remove(at: index)
            }
        }
        spans.insert((from, to), at: index)
    }

    /// How much of the time from one moment to another was interrupted.
    func excused(from: Timestamp, to: Timestamp) -> Duration {
        var sum = Duration.zero
        for span in spans.reversed() {
            guard span.to > from else { break }
            let (begin, end) = (max(span.from, from), min(span.to, to))
            if end > begin { sum += end.duration(since: begin) }
        }
        return sum
    }
}
