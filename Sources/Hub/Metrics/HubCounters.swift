/// What one loop's hub has done so far, for the metrics; a plain value, copied to be read. No clinic and no person in it.
package struct HubCounters: Sendable, Equatable {
    package var alertsRaised: UInt64 = 0
    package var alertsAcknowledged: UInt64 = 0
    package var eventsPublished: UInt64 = 0
    package var timersFired: UInt64 = 0
    package var timersStale: UInt64 = 0
    /// From a timer's due time to the commit of its step.
    package var timerLateness = Histogram()
    package var attemptsAccepted: UInt64 = 0
    package var attemptsRejected: UInt64 = 0
    package var attemptsUnknown: UInt64 = 0
    package var deadLetters: UInt64 = 0
    package var callbacksKept: UInt64 = 0
    package var repliesReceived: UInt64 = 0
    package var callbacksApplied: UInt64 = 0
    package var callbacksRefused: UInt64 = 0
    package var subscribesRecovered: UInt64 = 0
    package var subscribesBySnapshot: UInt64 = 0
    package var receiptsStored: UInt64 = 0
    package var formsRead: UInt64 = 0
    /// Given up, for a person to type in.
    package var formsFailed: UInt64 = 0
    /// From Square.
    package var ordersRead: UInt64 = 0
    /// Attempts to read a clinic's orders that failed.
    package var orderSyncsFailed: UInt64 = 0

    package init() {}

    /// Adds another loop's counts to these.
    package mutating func add(_ other: HubCounters) {
        alertsRaised &+= other.alertsRaised
        alertsAcknowledged &+= other.alertsAcknowledged
        eventsPublished &+= other.eventsPublished
        timersFired &+= other.timersFired
        timersStale &+= other.timersStale
        timerLateness.add(other.timerLateness)
        attemptsAccepted &+= other.attemptsAccepted
        attemptsRejected &+= other.attemptsRejected
        attemptsUnknown &+= other.attemptsUnknown
        deadLetters &+= other.deadLetters
        callbacksKept &+= other.callbacksKept
        repliesReceived &+= other.repliesReceived
        callbacksApplied &+= other.callbacksApplied
        callbacksRefused &+= other.callbacksRefused
        subscribesRecovered &+= other.subscribesRecovered
        subscribesBySnapshot &+= other.subscribesBySnapshot
        receiptsStored &+= other.receiptsStored
        formsRead &+= other.formsRead
        formsFailed &+= other.formsFailed
        ordersRead &+= other.ordersRead
        orderSyncsFailed &+= other.orderSyncsFailed
    }
}
