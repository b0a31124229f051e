import Testing

@testable import Clinic

@Suite("Legal transitions")
struct StatusTests {
    private let alertMoves: [AlertStatus: Set<AlertStatus>] = [
        .pending: [.delivered, .acknowledged, .escalated, .closed],
        .delivered: [.acknowledged, .escalated, .closed],
        .escalated: [.acknowledged, .closed],
        .acknowledged: [.escalated, .closed],
        .closed: [.pending],
    ]

    @Test("an alert moves along the arrows only", arguments: AlertStatus.allCases, AlertStatus.allCases)
    func alert(_ from: AlertStatus, _ to: AlertStatus) throws {
        let moves = try #require(alertMoves[from])
        #expect(from.transition(to: to) == (from == to ? .stays : moves.contains(to) ? .moves : .refused))
    }

    @Test("an alert wants an answer until it is acknowledged or closed")
    func unanswered() {
        #expect(AlertStatus.allCases.filter(\.isUnanswered) == [.pending, .delivered, .escalated])
        #expect(AlertStatus.allCases.filter { !$0.isOpen } == [.closed])
    }

    private let patientMoves: [PatientStatus: Set<PatientStatus>] = [
        .waiting: [.beingAttended, .discharged], .beingAttended: [.discharged], .discharged: [],
    ]

    @Test("a patient moves along the arrows only", arguments: PatientStatus.allCases, PatientStatus.allCases)
    func patient(_ from: PatientStatus, _ to: PatientStatus) throws {
        let moves = try #require(patientMoves[from])
        #expect(from.transition(to: to) == (from == to ? .stays : moves.contains(to) ? .moves : .refused))
    }

    @Test("statuses and urgencies are spelled as their tables spell them")
    func names() {
        #expect(
            AlertStatus.allCases.map(\.rawValue) == ["PENDING", "DELIVERED", "ACKNOWLEDGED", "ESCALATED", "CLOSED"])
        #expect(PatientStatus.allCases.map(\.rawValue) == ["WAITING", "BEING_ATTENDED", "DISCHARGED"])
        #expect(UrgencyLevel.allCases.map(\.rawValue) == ["LOW", "MODERATE", "URGENT", "CRITICAL"])
    }

    @Test("urgencies rise from low to critical")
    func urgencies() {
        #expect(UrgencyLevel.allCases.sorted() == [.low, .moderate, .urgent, .critical])
        #expect(UrgencyLevel.allCases.map(\.rank) == [0, 1, 2, 3])
    }

    @Test("a value for each urgency is found and changed by it")
    func perUrgency() {
        var values = PerUrgency(low: 1, moderate: 2, urgent: 3, critical: 4)
        #expect(UrgencyLevel.allCases.map { values[$0] } == [1, 2, 3, 4])
        for urgency in UrgencyLevel.allCases { values[urgency] += 10 }
        #expect(values == PerUrgency(low: 11, moderate: 12, urgent: 13, critical: 14))
    }
}
