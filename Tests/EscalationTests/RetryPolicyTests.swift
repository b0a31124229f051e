import Clinic
import Escalation
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy()

    private func after(
        _ outcome: SubmitOutcome, number: Int = 1, urgency: UrgencyLevel = .critical, hasOther: Bool = false,
        hasUntried: Bool = false
    ) -> SubmissionOutcome {
        policy.submission(
            outcome, number: number, urgency: urgency, doubt: DeliveryRules(urgency).doubt, hasOther: hasOther,
            hasUntried: hasUntried, factor: 1)
    }

    @Test("an accepted text is recorded with the gateway's id") func accepted() {
        #expect(after(.accepted(providerID: "SM1"), number: 5) == .accepted(providerID: "SM1"))
    }

    @Test("waits grow with the number, and the last try has none") func backoff() {
        let waits: [Duration?] = [.seconds(1), .seconds(5), .seconds(15), .seconds(60), nil, nil]
        for (index, wait) in waits.enumerated() {
            let outcome = after(.rejected(DeliveryError(.transient, code: "http503")), number: index + 1)
            #expect(outcome == .rejected(code: "http503", retryAfter: wait))
        }
    }

    @Test(
        "a permanent refusal is not repeated",
        arguments: [DeliveryError.Class.permanentAddress, .permanentContent, .configuration, .optedOut])
    func permanent(errorClass: DeliveryError.Class) {
        #expect(after(.rejected(DeliveryError(errorClass, code: "1"))) == .rejected(code: "1", retryAfter: nil))
    }

    @Test(
        "a gateway's own wait is kept, within reason",
        arguments: [
            (Duration.milliseconds(10), Duration.seconds(1)), (.seconds(40), .seconds(40)),
            (.seconds(1_000_000_000), .seconds(300)),
        ])
    func rateLimited(wanted: Duration, expected: Duration) {
        let error = DeliveryError(.rateLimited(retryAfter: wanted), code: "429")
        #expect(after(.rejected(error)) == .rejected(code: "429", retryAfter: expected))
    }

    @Test("a refusal for the rate without a time waits like any other") func rateLimitedWithoutTime() {
        let error = DeliveryError(.rateLimited(retryAfter: nil), code: "429")
        #expect(after(.rejected(error), number: 2) == .rejected(code: "429", retryAfter: .seconds(5)))
    }

    @Test(
        "an unknown outcome is repeated at once where silence is worse than two texts, and else after the doubt's time")
    func unknown() {
        for urgency in UrgencyLevel.allCases {
            let retry: Duration = urgency >= .urgent ? .seconds(1) : .seconds(30)
            #expect(after(.unknown(code: "timeout"), urgency: urgency) == .unknown(code: "timeout", retryAfter: retry))
        }
        #expect(after(.unknown(code: "timeout"), number: 5) == .unknown(code: "timeout", retryAfter: nil))
    }

    @Test("with another gateway at hand an urgent message goes there at once, the first time")
    func failover() {
        let fault = SubmitOutcome.rejected(DeliveryError(.transient, code: "http503"))
        #expect(after(fault, hasOther: true) == .rejected(code: "http503", retryAfter: .zero))
        #expect(after(fault, number: 2, hasOther: true) == .rejected(code: "http503", retryAfter: .seconds(5)))
        #expect(after(fault, urgency: .low, hasOther: true) == .rejected(code: "http503", retryAfter: .seconds(1)))
        #expect(after(.unknown(code: "x"), hasOther: true) == .unknown(code: "x", retryAfter: .zero))
        #expect(
            after(.unknown(code: "x"), urgency: .moderate, hasOther: true)
                == .unknown(code: "x", retryAfter: .seconds(30)))
    }

    @Test(
        "what one gateway refuses for good, another that was not asked may take",
        arguments: [
            DeliveryError.Class.permanentContent, .configuration,
        ])
    func untried(errorClass: DeliveryError.Class) {
        let refusal = SubmitOutcome.rejected(DeliveryError(errorClass, code: "1"))
        #expect(after(refusal, hasOther: true, hasUntried: true) == .rejected(code: "1", retryAfter: .zero))
        #expect(after(refusal, hasOther: true) == .rejected(code: "1", retryAfter: nil))
        #expect(after(refusal, number: 5, hasUntried: true) == .rejected(code: "1", retryAfter: nil))
    }

    @Test(
        "no gateway is asked about a number that does not exist, or that said STOP",
        arguments: [
            DeliveryError.Class.permanentAddress, .optedOut,
        ])
    func hopeless(errorClass: DeliveryError.Class) {
        let refusal = SubmitOutcome.rejected(DeliveryError(errorClass, code: "1"))
        #expect(after(refusal, hasOther: true, hasUntried: true) == .rejected(code: "1", retryAfter: nil))
    }

    @Test("a gateway that wants to be left alone does not hold up the other") func rateWithOther() {
        let error = DeliveryError(.rateLimited(retryAfter: .seconds(40)), code: "429")
        #expect(after(.rejected(error), hasOther: true) == .rejected(code: "429", retryAfter: .zero))
        #expect(
            after(.rejected(error), urgency: .low, hasOther: true) == .rejected(code: "429", retryAfter: .seconds(1)))
    }

    @Test("odd numbers and no waits at all do not trap") func odd() {
        #expect(
            RetryPolicy(backoff: []).submission(
                .unknown(code: "x"), number: 0, urgency: .critical, doubt: .zero, factor: 2)
                == .unknown(code: "x", retryAfter: .seconds(2)))
    }
}
