import Clinic
import HubProtocol
import Testing

@testable import Hub

@Suite struct EventHeadTests {
    private func head(_ clinic: UInt64, _ seq: Int64, epoch: UInt64 = 1) -> EventHead {
        EventHead(
            clinic: ClinicID(high: 0, low: clinic), position: Position(epoch: EpochID(high: 0, low: epoch), seq: seq))
    }

    @Test("any number of heads comes back from payloads that PostgreSQL takes", arguments: [0, 1, 63, 64, 65, 1000])
    func roundTrip(count: Int) {
        let heads = (0..<count).map { head(UInt64.max - UInt64($0), .max - Int64($0), epoch: .max) }
        let payloads = EventHead.payloads(heads)
        #expect(payloads.allSatisfy { $0.utf8.count < 8_000 })
        #expect(payloads.flatMap { EventHead.heads($0) } == heads)
    }

    @Test(
        "what is no head is left out, and what stands beside it is not",
        arguments: [
            "", ";", ",,", "x,y,1", "1,2", "\u{0},\u{0},\u{0}", "🏥",
            "00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000001,-1",
            "00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000001,9223372036854775808",
            "00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000001,1,1",
            "00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000001,",
        ])
    func malformed(text: String) {
        #expect(EventHead.heads(text).isEmpty)
        let good = EventHead.payloads([head(5, 6)])[0]
        #expect(EventHead.heads("\(text);\(good);\(text)") == [head(5, 6)])
    }

    @Test("of a clinic's heads the newest is told; another epoch is always newer") func newest() {
        var heads = HeadsToTell()
        for seq: Int64 in [3, 9, 7] { heads.add(head(1, seq)) }
        #expect(heads.takeAll() == [head(1, 9)])
        #expect(heads.isEmpty)
        heads.add(head(1, 9))
        heads.add(head(1, 2, epoch: 2))
        #expect(heads.takeAll() == [head(1, 2, epoch: 2)])
    }
}
