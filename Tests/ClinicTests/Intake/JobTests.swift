import Clinic
import Testing

@Suite("Jobs")
struct JobTests {
    @Test("A job moves as its diagram says, and never out of its end", arguments: JobState.allCases, JobState.allCases)
    func transitions(_ from: JobState, _ to: JobState) {
        let legal: [(JobState, JobState)] = [
            (.queued, .running), (.running, .done), (.running, .dead), (.running, .queued),
        ]
        let expected: Transition =
            from == to ? .stays : legal.contains { $0 == (from, to) } ? .moves : .refused
        #expect(from.transition(to: to) == expected)
    }

    @Test("The rest is doubled up to its limit, within the upper half, and the last attempt is the last")
    func retry() {
        let retry = JobRetry(attempts: 6, firstRest: .seconds(2), longestRest: .seconds(10))
        let rests = (1...5).map { retry.decide(afterAttempt: $0, jitter: 1) }
        #expect(rests == [2, 4, 8, 10, 10].map { JobRetry.Decision.again(after: .seconds($0)) })
        #expect(retry.decide(afterAttempt: 1, jitter: 0) == .again(after: .seconds(1)))
        #expect(retry.decide(afterAttempt: 1, jitter: -4) == .again(after: .seconds(1)))
        #expect(retry.decide(afterAttempt: 6, jitter: 0) == .dead)
        #expect(retry.decide(afterAttempt: 1, jitter: 0, isPermanent: true) == .dead)
        #expect(JobRetry(attempts: 0).decide(afterAttempt: 1, jitter: 0) == .dead)
        #expect(JobRetry(attempts: .max).decide(afterAttempt: 1 << 40, jitter: 1) == .again(after: .seconds(300)))
    }

    @Test("The queues have the names of the platform's contract")
    func names() {
        #expect(
            JobQueue.allCases.map(\.rawValue) == [
                "ocr-processing", "pan-scrub", "alert-dispatch", "square-sync", "audit-flush",
            ])
    }
}
