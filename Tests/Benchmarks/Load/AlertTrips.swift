import Platform

/// The ways of raised alerts: from the POST to its 201, and to the last screen of the clinic. Loop-confined.
final class AlertTrips {
    private struct Trip {
        var sentAt: UInt64 = 0
        var answeredAt: UInt64 = 0
        var lastSeenAt: UInt64 = 0
        var screens = 0
    }

    private var trips: [AlertKey: Trip] = [:]
    private let screensAClinic: Int
    private var incomplete = 0

    init(screensAClinic: Int) { self.screensAClinic = screensAClinic }

    /// A screen was sent the alert, perhaps before its 201 came.
    func seen(_ alert: AlertKey, at time: MonotonicTime) {
        change(alert) { trip in
            trip.screens += 1
            trip.lastSeenAt = max(trip.lastSeenAt, time.nanoseconds)
        }
    }

    func answered(_ alert: AlertKey, sentAt: MonotonicTime, at time: MonotonicTime) {
        change(alert) { trip in
            trip.sentAt = sentAt.nanoseconds
            trip.answeredAt = time.nanoseconds
        }
    }

    /// Alerts that have not come to all their screens, or have no answer.
    var underWay: Int { incomplete }

    /// `ok`, the alerts, those that did not arrive, and in nanoseconds p50 and p99 to the 201 and to the last screen.
    var summary: String {
        var toAnswer: [UInt64] = []
        var toLastScreen: [UInt64] = []
        for trip in trips.values where isDone(trip) {
            toAnswer.append(trip.answeredAt &- trip.sentAt)
            toLastScreen.append(trip.lastSeenAt &- trip.sentAt)
        }
        guard !toAnswer.isEmpty else { return "ok 0 \(incomplete) 0 0 0 0" }
        toAnswer.sort()
        toLastScreen.sort()
        let figures = [toAnswer, toLastScreen].flatMap { times in
            [Statistics.percentile(0.5, of: times), Statistics.percentile(0.99, of: times)]
        }
        return "ok \(toAnswer.count) \(incomplete) \(figures.map(String.init).joined(separator: " "))"
    }

    private func isDone(_ trip: Trip) -> Bool { trip.answeredAt > 0 && trip.screens >= screensAClinic }

    private func change(_ alert: AlertKey, _ change: (inout Trip) -> Void) {
        var trip = trips[alert] ?? Trip()
        if trip.screens == 0, trip.answeredAt == 0 { incomplete += 1 }
        let wasDone = isDone(trip)
        change(&trip)
        if !wasDone, isDone(trip) { incomplete -= 1 }
        trips[alert] = trip
    }
}
