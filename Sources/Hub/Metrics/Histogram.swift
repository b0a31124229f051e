/// Counts of durations by upper bound, as Prometheus adds them up. A plain value of one loop.
package struct Histogram: Sendable, Equatable {
    /// Upper bounds in seconds; one more bucket takes the rest.
    package static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// Observations at most as long as each bound, then all others; not cumulative.
    package private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    package private(set) var sumSeconds = 0.0

    package init() {}

    package var count: UInt64 { counts.reduce(0, &+) }

    package mutating func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(seconds: Double(seconds) + Double(attoseconds) * 1e-18)
    }

    package mutating func observe(seconds: Double) {
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] &+= 1
        sumSeconds += seconds
    }

    package mutating func add(_ other: Histogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        sumSeconds += other.sumSeconds
    }
}
