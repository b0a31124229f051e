import Platform

/// When which event was read by a screen. Loop-confined.
final class Arrivals {
    private var seqs: [Int64] = []
    private var times: [UInt64] = []

    var count: Int { seqs.count }

    func add(_ seq: Int64, at time: MonotonicTime) {
        seqs.append(seq)
        times.append(time.nanoseconds)
    }

    func clear() {
        seqs.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
    }

    /// `ok`, how many arrived of those that departed, and their lateness: median, p99 and the longest, in nanoseconds.
    ///
    /// Both ends read CLOCK_MONOTONIC of the same machine.
    func lateness(after departures: [LoadCommand.Departure]) -> String {
        var departed: [Int64: UInt64] = [:]
        for departure in departures { departed[departure.seq] = departure.nanoseconds }
        var lateness: [UInt64] = []
        lateness.reserveCapacity(seqs.count)
        for index in seqs.indices {
            guard let begin = departed[seqs[index]], times[index] >= begin else { continue }
            lateness.append(times[index] - begin)
        }
        guard !lateness.isEmpty else { return "ok 0 0 0 0" }
        lateness.sort()
        return "ok \(lateness.count) \(Statistics.percentile(0.5, of: lateness)) "
            + "\(Statistics.percentile(0.99, of: lateness)) \(lateness[lateness.count - 1])"
    }
}
