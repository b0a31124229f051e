import Clinic
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// `Right.holders` over the socket, cell by cell; over REST it is in `Rights`.
    @Suite("Rights over the socket")
    struct SocketRights {
        @Test(
            "Over a socket, each act is forbidden to exactly the roles that lack its right, and so is the clinic's channel"
        )
        func socket() throws {
            let hub = try SharedHub.get()
            let soon = Timestamp(microseconds: WallTime.now().microseconds).advanced(by: .seconds(600)).rfc3339
            for role in Role.allCases {
                let socket = try hub.socket(role)
                for kind in AlertAct.Kind.allCases {
                    let message: JSONValue =
                        kind == .snooze
                        ? [
                            "type": "snooze", "id": 1, "alertId": .string(DemoIDs.nobody), "until": .string(soon),
                            "reason": "BUSY",
                        ] : ["type": .string(kind.rawValue), "id": 1, "alertId": .string(DemoIDs.nobody)]
                    try socket.send(message)
                    let code = try socket.message("error")["code"]?.integerValue
                    #expect(code == (role.has(kind.right) ? 108 : 103), "\(role) \(kind)")
                }
                try socket.send(subscribe(DemoIDs.clinic))
                let answer = try socket.message { ["subscribed", "error"].contains($0["type"]?.stringValue) }
                #expect((answer["type"] == "subscribed") == role.has(.subscribeToClinic), "\(role)")
            }
        }
    }
}
