import Clinic
import HubProtocol
import TestSupport
import Testing
import Wire

@testable import API

/// What other hubs were hurt by, said to a live session; `Tests/Advisories.md` has the list.
@Suite("What other hubs were hurt by")
struct AdvisoryTests {
    private func object(_ members: [(String, JSONValue)]) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { _ = object.append(name, value) }
        return .object(object)
    }

    @Test("a position opens no channel: who resumes is asked for the right again (Socket.IO skipMiddlewares)")
    func resume() async throws {
        let scene = try LiveScene()
        await scene.ask { $0.history.head = 3 }
        let since = object([
            ("epoch", .string(EpochID(high: 1, low: 1).description)), ("seq", .integer(1)),
        ])
        let subscribe = object([
            ("type", .string("subscribe")), ("channel", .string("clinic:\(scene.clinic)")), ("since", since),
        ])
        let entitled = try WebSocketClient(port: scene.port, token: scene.token())
        try entitled.send(subscribe)
        #expect(try entitled.message("subscribed")["recovered"] == .bool(true))
        // The same position, presented by somebody who may not: another clinic's, and nobody yet.
        let foreign = try WebSocketClient(
            port: scene.port, token: scene.token(clinic: ClinicID(high: 0, low: 9)))
        try foreign.send(subscribe)
        #expect(try foreign.message("error")["code"] == .integer(102))
        let nobody = try WebSocketClient(port: scene.port)
        try nobody.send(subscribe)
        #expect(try nobody.message("error")["code"] == .integer(101))
        #expect(await scene.ask { $0.service.subscriptionCount } == 1)
    }

    @Test("session ids are random in 122 bits, and none is given twice (socket.io CVE-2017-16031)")
    func identifiers() {
        let ids = (0..<4_096).map { _ in SessionID.random().description }
        #expect(Set(ids).count == ids.count)
        // Of a UUID of version 4 all digits are random but the version, and two bits of the variant.
        for place in 0..<36 {
            let digits = Set(ids.map { Array($0)[place] })
            let expected =
                switch place {
                case 8, 13, 18, 23, 14: 1
                case 19: 4
                default: 16
                }
            #expect(digits.count == expected, "place \(place)")
        }
    }

    @Test(
        """
        there are no attachments: binary is closed with 1003, a placeholder is a message like any other (socket.io-parser \
        CVE-2026-33151, CVE-2022-2421, CVE-2023-32695)
        """)
    func attachments() throws {
        let scene = try LiveScene()
        let socket = try WebSocketClient(port: scene.port, token: scene.token())
        for text in [
            "451-[\"e\",{\"_placeholder\":true,\"num\":0}]", "5999999999-[]",
            "{\"type\":\"ping\",\"_placeholder\":true}",
            "{\"type\":{\"_placeholder\":true,\"num\":-1}}", "{\"type\":\"hasOwnProperty\"}",
        ] {
            try socket.send(.text, Array(text.utf8))
            #expect(try socket.message("error")["code"] == .integer(107), "\(text)")
        }
        try socket.send(.binary, [1, 2, 3])
        #expect(try socket.close().code == .unsupportedData)
    }
}
