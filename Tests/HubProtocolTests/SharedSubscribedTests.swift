import Clinic
import Testing

@testable import HubProtocol

@Suite struct SharedSubscribedTests {
    @Test(
        "the shared message with a tag is what the message with that tag is, byte for byte",
        arguments: [nil, .number(0), .number(-1), .number(.max), .text(""), .text("a\"b\\c\u{1}é")] as [MessageTag?])
    func sameBytes(tag: MessageTag?) {
        let open = OpenAlert(
            alert: AlertID(high: 1, low: 2), urgency: .critical, room: "ER-12", patientName: PHI("J. Doe"),
            status: .pending, createdAt: Timestamp(microseconds: 1_000_000), escalatesAt: nil, step: 1,
            isExhausted: false)
        let clinic = ClinicID(high: 3, low: 4)
        func message(_ tag: MessageTag?) -> Subscribed {
            Subscribed(
                tag: tag, channel: ChannelName(clinic: clinic),
                position: Position(epoch: EpochID(high: 5, low: 6), seq: 7), recovery: .snapshot([open]),
                firstWaits: PerUrgency(all: .seconds(20)))
        }
        #expect(
            SharedSubscribed(message(.text("of another"))).payload(tag: tag)
                == ServerMessage.subscribed(message(tag)).encoded())
    }
}
