import Clinic
import Testing
import Wire

@testable import HubProtocol

@Suite("Code tables")
struct CodeTableTests {
    @Test("error codes have these numbers, names and hopes")
    func errors() {
        let table = ErrorCode.allCases.map { "\($0.rawValue) \($0.name)\($0.isTemporary ? ", temporary" : "")" }
        #expect(
            table == [
                "100 internal error, temporary", "101 unauthorized", "102 unknown channel", "103 permission denied",
                "105 already subscribed", "106 limit exceeded", "107 bad request", "108 not found",
                "109 token expired, temporary", "111 too many requests, temporary", "112 unrecoverable position",
                "409 conflict",
            ])
    }

    @Test("close codes of the hub's own ranges say by their range whether to come back")
    func ranges() {
        for end in SessionEnd.allCases {
            switch end.rawValue {
            case 3000...3499, 4000...4499: #expect(end.invitesReconnect)
            case 3500...3999, 4500...4999: #expect(!end.invitesReconnect)
            default: #expect(end.rawValue < 3000)
            }
            #expect(end.closeCode.rawValue == end.rawValue)
        }
    }

    @Test("a close reason fits its frame, with the slot too")
    func reasons() {
        for end in SessionEnd.allCases {
            #expect(!end.reason.isEmpty)
            #expect(end.reason(retryAfterMilliseconds: .max).utf8.count <= 123)
        }
        #expect(SessionEnd.restart.reason(retryAfterMilliseconds: 1_234) == "restart retry_after_ms=1234")
    }

    @Test("a channel's name is read back")
    func channel() {
        let name = ChannelName(clinic: ClinicID(high: 1, low: 2))
        #expect(name.description == "clinic:00000000-0000-0001-0000-000000000002")
        #expect(ChannelName(name.description) == name)
        #expect(ChannelName("patient:00000000-0000-0001-0000-000000000002") == nil)
    }
}
