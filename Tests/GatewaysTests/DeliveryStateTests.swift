import Clinic
import Gateways
import Testing

@Suite("Delivery states")
struct DeliveryStateTests {
    @Test("In whatever order news arrives, the final state is the same, and a delivery is never taken back")
    func order() {
        let stories: [[DeliveryState]] = [
            [.submitting, .accepted, .sent, .delivered, .read],
            [.submitting, .unknown, .sent, .delivered],
            [.submitting, .accepted, .sent, .undelivered, .delivered],
            [.submitting, .accepted, .failed],
        ]
        for story in stories {
            for permutation in permutations(of: story) {
                var state = DeliveryState.submitting
                for news in permutation where news.supersedes(state) { state = news }
                #expect(state == story.last)
            }
        }
    }

    @Test("Nothing supersedes itself or both ways")
    func strictOrder() {
        for left in DeliveryState.allCases {
            for right in DeliveryState.allCases {
                #expect(!(left.supersedes(right) && right.supersedes(left)))
            }
        }
    }

    @Test("The first failure stays until a delivery is reported")
    func failures() {
        #expect(!DeliveryState.failed.supersedes(.undelivered))
        #expect(!DeliveryState.sent.supersedes(.failed))
        #expect(DeliveryState.delivered.supersedes(.undelivered))
        #expect(!DeliveryState.undelivered.supersedes(.delivered))
        #expect(DeliveryState.allCases.filter(\.isFailure) == [.rejected, .failed, .undelivered])
        #expect(DeliveryState.allCases.filter { !$0.isFinal } == [.submitting, .unknown, .accepted, .sent])
    }

    private func permutations(of states: [DeliveryState]) -> [[DeliveryState]] {
        guard states.count > 1 else { return [states] }
        return states.indices.flatMap { index in
            var rest = states
            let first = rest.remove(at: index)
            return permutations(of: rest).map { [first] + $0 }
        }
    }
}

@Suite("Error classes")
struct DeliveryErrorTests {
    @Test("Only what may succeed later is tried again")
    func retryable() {
        #expect(DeliveryError.Class.transient.isRetryable)
        #expect(DeliveryError.Class.rateLimited(retryAfter: nil).isRetryable)
        for permanent: DeliveryError.Class in [.permanentAddress, .permanentContent, .configuration, .optedOut] {
            #expect(!permanent.isRetryable)
        }
    }

    @Test("A code is cut to what its column holds")
    func length() {
        #expect(DeliveryError(.transient, code: String(repeating: "x", count: 1_000)).code.count == 64)
    }

    @Test(
        "Twilio's table",
        arguments: [
            (20429, DeliveryError.Class.rateLimited(retryAfter: nil)), (20003, .configuration), (30002, .configuration),
            (30034, .configuration), (21408, .configuration), (21211, .permanentAddress), (21614, .permanentAddress),
            (21635, .permanentAddress), (30004, .permanentAddress), (30005, .permanentAddress),
            (30006, .permanentAddress), (21610, .optedOut), (30007, .permanentContent), (21611, .transient),
            (30001, .transient), (30003, .transient), (30008, .transient), (30036, .transient),
        ])
    func twilio(code: Int, errorClass: DeliveryError.Class) {
        #expect(TwilioErrorCode.errorClass(of: code) == errorClass)
    }
}
