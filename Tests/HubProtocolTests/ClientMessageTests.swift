import Clinic
import Testing
import Wire

@testable import HubProtocol

@Suite("ClientMessage")
struct ClientMessageTests {
    private static let uuid = "0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3"
    private static let epoch = "11111111-2222-4333-8444-555555555555"

    private func read(_ text: String) throws(ClientMessageError) -> ClientMessage {
        try ClientMessage(reading: Array(text.utf8))
    }

    private func channel() throws -> ChannelName {
        try #require(ChannelName("clinic:\(Self.uuid)"))
    }

    private func refusal(_ text: String) -> ClientMessageError? {
        do throws(ClientMessageError) {
            _ = try read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test("authenticate and refresh carry a token")
    func tokens() throws {
        #expect(try read(#"{"type":"authenticate","token":"a.b.c"}"#).body == .authenticate(token: "a.b.c"))
        #expect(try read(#"{"token":"a.b.c","type":"refresh","id":3}"#).body == .refresh(token: "a.b.c"))
    }

    @Test("subscribe may carry a position")
    func subscribe() throws {
        let channel = try channel()
        let plain = #"{"type":"subscribe","channel":"clinic:\#(Self.uuid)"}"#
        #expect(try read(plain).body == .subscribe(channel: channel, since: nil))
        let since =
            #"{"type":"subscribe","channel":"clinic:\#(Self.uuid)","since":{"epoch":"\#(Self.epoch)","seq":41}}"#
        let position = Position(epoch: try #require(EpochID(Self.epoch)), seq: 41)
        #expect(try read(since).body == .subscribe(channel: channel, since: position))
        let null = #"{"type":"subscribe","channel":"clinic:\#(Self.uuid)","since":null}"#
        #expect(try read(null).body == .subscribe(channel: channel, since: nil))
    }

    @Test("unsubscribe, receipt, acknowledge, decline and ping")
    func others() throws {
        let channel = try channel()
        let alert = try #require(AlertID(Self.uuid))
        #expect(
            try read(#"{"type":"unsubscribe","channel":"clinic:\#(Self.uuid)"}"#).body == .unsubscribe(channel: channel)
        )
        #expect(
            try read(#"{"type":"receipt","channel":"clinic:\#(Self.uuid)","seq":42,"stage":"rendered"}"#).body
                == .receipt(channel: channel, seq: 42, stage: .rendered))
        #expect(try read(#"{"type":"acknowledge","alertId":"\#(Self.uuid)"}"#).body == .act(.acknowledge, on: alert))
        #expect(try read(#"{"type":"decline","alertId":"\#(Self.uuid)"}"#).body == .act(.decline(nil), on: alert))
        #expect(try read(#" { "type" : "ping" } "#).body == .ping)
    }

    @Test("each act names its alert, and what it needs besides")
    func acts() throws {
        let alert = try #require(AlertID(Self.uuid))
        func act(_ type: String, _ more: String = "") throws(ClientMessageError) -> ClientMessage.Body {
            try read(#"{"type":"\#(type)","alertId":"\#(Self.uuid)"\#(more)}"#).body
        }
        for kind in AlertAct.Kind.allCases where kind != .snooze {
            guard case .act(let read, on: alert) = try act(kind.rawValue) else { throw ClientFailure() }
            #expect(read.kind == kind)
        }
        #expect(try act("close", #","reason":"HANDLED""#) == .act(.close(.handled), on: alert))
        let until = try #require(Timestamp(rfc3339: "2026-11-20T10:16:00.140Z"))
        #expect(
            try act("snooze", #","until":"2026-11-20T10:16:00.140Z","reason":"BUSY""#)
                == .act(.snooze(until: until, .busy), on: alert))
        for more in ["", #","until":"2026-11-20T10:16:00.140Z""#, #","until":"soon","reason":"BUSY""#] {
            #expect(throws: ClientMessageError.self) { try act("snooze", more) }
        }
        #expect(throws: ClientMessageError.self) { try act("close", #","reason":"Mr Doe is well""#) }
        #expect(throws: ClientMessageError.self) { try act("reopen", #","reason":"OTHER""#) }
    }

    private struct ClientFailure: Error {}

    @Test("an id is a whole number or a text")
    func tags() throws {
        #expect(try read(#"{"type":"ping"}"#).tag == nil)
        #expect(try read(#"{"type":"ping","id":7}"#).tag == .number(7))
        #expect(try read(#"{"type":"ping","id":-7}"#).tag == .number(-7))
        #expect(try read(#"{"type":"ping","id":"7"}"#).tag == .text("7"))
    }

    @Test("an error keeps the id, so that the client knows which message failed")
    func errorTag() {
        #expect(refusal(#"{"id":7,"type":"shout"}"#)?.tag == .number(7))
        #expect(refusal(#"{"id":"a","type":"acknowledge"}"#)?.tag == .text("a"))
        #expect(refusal(#"{"id":"a","type""#)?.tag == nil)
    }

    @Test(
        "what is not a message is a bad request",
        arguments: [
            "", " ", "{", "[]", "null", "\"ping\"", "{}", #"{"type":null}"#, #"{"type":1}"#, #"{"type":"PING"}"#,
            #"{"type":"ping","type":"ping"}"#, #"{"type":"ping"}x"#, #"{"type":"ping","more":1}"#,
            #"{"type":"ping","id":true}"#, #"{"type":"ping","id":""}"#, #"{"type":"ping","id":1e99}"#,
            #"{"type":"ping","id":{"a":{"b":{"c":{}}}}}"#, #"{"type":"authenticate"}"#,
            #"{"type":"authenticate","token":""}"#, #"{"type":"authenticate","token":5}"#,
            #"{"type":"acknowledge","alertId":"1"}"#, #"{"type":"acknowledge","alertId":null}"#,
            #"{"type":"subscribe"}"#,
        ])
    func badRequest(_ text: String) {
        #expect(refusal(text)?.code == .badRequest)
    }

    @Test(
        "a channel that no clinic can have is an unknown channel",
        arguments: ["", "clinic:", "clinic:1", "alerts", "Clinic:\(uuid)", "clinic:\(uuid) ", "clinic:\(uuid):x"])
    func unknownChannel(_ name: String) {
        #expect(refusal(#"{"type":"subscribe","channel":"\#(name)"}"#)?.code == .unknownChannel)
    }

    @Test(
        "a position that is wrong or misspelt is refused, not left out",
        arguments: [
            #""since":{"epoch":"\#(epoch)"}"#, #""since":{"seq":1}"#, #""since":{"epoch":"x","seq":1}"#,
            #""since":{"epoch":"\#(epoch)","seq":-1}"#, #""since":{"epoch":"\#(epoch)","seq":1.5}"#,
            #""since":{"epoch":"\#(epoch)","seq":9223372036854775808}"#,
            #""since":{"epoch":"\#(epoch)","seq":"1"}"#, #""since":{"epoch":"\#(epoch)","seq":1,"x":1}"#,
            #""since":7"#, #""sinse":{"epoch":"\#(epoch)","seq":1}"#,
        ])
    func badPosition(_ field: String) {
        #expect(refusal(#"{"type":"subscribe","channel":"clinic:\#(Self.uuid)",\#(field)}"#)?.code == .badRequest)
    }

    @Test(
        "a receipt names an event and a stage",
        arguments: [#""seq":0,"stage":"received""#, #""seq":1"#, #""stage":"received""#, #""seq":1,"stage":"SEEN""#])
    func badReceipt(_ fields: String) {
        #expect(refusal(#"{"type":"receipt","channel":"clinic:\#(Self.uuid)",\#(fields)}"#)?.code == .badRequest)
    }

    @Test("limits hold: bytes, token, id")
    func limits() throws {
        let longToken = String(repeating: "x", count: ClientMessageLimits.maximumTokenLength)
        #expect(try read(#"{"type":"refresh","token":"\#(longToken)"}"#).body == .refresh(token: longToken))
        #expect(refusal(#"{"type":"refresh","token":"\#(longToken)x"}"#)?.code == .badRequest)
        #expect(refusal(#"{"type":"ping","id":"\#(String(repeating: "x", count: 65))"}"#)?.code == .badRequest)
        let padding = String(repeating: " ", count: ClientMessageLimits.maximumBytes)
        #expect(refusal(#"{"type":"ping"}\#(padding)"#)?.code == .badRequest)
    }

    @Test("bytes that are not UTF-8 are refused")
    func notText() {
        #expect(throws: ClientMessageError.self) {
            try ClientMessage(reading: Array(#"{"type":"ping","id":""#.utf8) + [0xff] + Array(#""}"#.utf8))
        }
    }

    @Test("an error names the field and repeats nothing of the message's values")
    func discreet() {
        let error = refusal(#"{"type":"acknowledge","alertId":"secret-token"}"#)
        #expect(error?.message.contains("alertId") == true)
        #expect(error?.message.contains("secret") == false)
    }

    @Test("every beginning of a message is refused, not trapped on")
    func prefixes() {
        let whole = Array(
            #"{"type":"subscribe","id":1,"channel":"clinic:\#(Self.uuid)","since":{"epoch":"\#(Self.epoch)","seq":41}}"#
                .utf8)
        for length in 0..<whole.count {
            #expect(throws: ClientMessageError.self) { try ClientMessage(reading: Array(whole[..<length])) }
        }
        #expect(throws: Never.self) { try ClientMessage(reading: whole) }
    }
}
