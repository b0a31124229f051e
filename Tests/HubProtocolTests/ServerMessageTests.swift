import Clinic
import Testing
import Wire

@testable import HubProtocol

@Suite("ServerMessage")
struct ServerMessageTests {
    private let at = Timestamp(microseconds: 1_795_169_730_123_000)
    private let channel = ChannelName(clinic: ClinicID(high: 1, low: 2))
    private let clinic = "00000000-0000-0001-0000-000000000002"
    private let epoch = EpochID(high: 3, low: 4)
    private let alert = AlertID(high: 5, low: 6)

    private func text(_ message: ServerMessage) -> String {
        String(decoding: message.encoded(), as: UTF8.self)
    }

    @Test("welcome tells session, time, heartbeat and limits")
    func welcome() {
        let welcome = Welcome(
            session: SessionID(high: 7, low: 8), serverTime: at, heartbeat: .seconds(10), tokenExpiresAt: nil,
            maximumMessageBytes: 65_536, maximumChannels: 16)
        #expect(
            text(.welcome(welcome)) == """
                {"type":"welcome","protocol":"alert-hub.v1","sessionId":"00000000-0000-0007-0000-000000000008",\
                "serverTime":"2026-11-20T10:15:30.123Z","heartbeatSeconds":10,\
                "limits":{"maxMessageBytes":65536,"maxChannels":16}}
                """)
    }

    @Test("welcome tells when the token ends, and a heartbeat of less than a second")
    func welcomeWithToken() {
        let welcome = Welcome(
            session: SessionID(high: 7, low: 8), serverTime: at, heartbeat: .milliseconds(250), tokenExpiresAt: at,
            maximumMessageBytes: 1, maximumChannels: 1)
        #expect(
            text(.welcome(welcome)).contains(#""heartbeatSeconds":0.25,"tokenExpiresAt":"2026-11-20T10:15:30.123Z""#))
    }

    @Test("subscribed after a recovery has no snapshot")
    func recovered() {
        let subscribed = Subscribed(
            tag: .number(1), channel: channel, position: Position(epoch: epoch, seq: 42), recovery: .recovered)
        #expect(
            text(.subscribed(subscribed)) == """
                {"type":"subscribed","id":1,"channel":"clinic:\(clinic)","epoch":"\(epoch)","seq":42,"recovered":true}
                """)
    }

    @Test("subscribed without one has the open alerts and their place in history")
    func snapshot() {
        let open = OpenAlert(
            alert: alert, urgency: .critical, room: "ER-12", patientName: PHI("J. \"Doe\""), status: .escalated,
            createdAt: at, escalatesAt: at.advanced(by: .seconds(15)), step: 2, isExhausted: false)
        let subscribed = Subscribed(
            tag: nil, channel: channel, position: Position(epoch: epoch, seq: 0), recovery: .snapshot([open]),
            firstWaits: PerUrgency(low: nil, moderate: .seconds(1_800), urgent: .seconds(300), critical: .seconds(15)))
        #expect(
            text(.subscribed(subscribed)) == """
                {"type":"subscribed","channel":"clinic:\(clinic)","epoch":"\(epoch)","seq":0,\
                "escalationWaitSeconds":{"LOW":null,"MODERATE":1800,"URGENT":300,"CRITICAL":15},"recovered":false,\
                "snapshot":[{"alertId":"\(alert)","urgencyLevel":"CRITICAL","room":"ER-12","patientName":"J. \\"Doe\\"",\
                "status":"ESCALATED","createdAt":"2026-11-20T10:15:30.123Z","escalatesAt":"2026-11-20T10:15:45.123Z",\
                "step":2,"isExhausted":false}]}
                """)
    }

    @Test("a snapshot may be empty, and a room and a next step may be missing")
    func sparse() {
        let empty = Subscribed(
            tag: nil, channel: channel, position: Position(epoch: epoch, seq: 3), recovery: .snapshot([]))
        #expect(text(.subscribed(empty)).hasSuffix(#""recovered":false,"snapshot":[]}"#))
        let open = OpenAlert(
            alert: alert, urgency: .low, room: nil, patientName: PHI("A"), status: .acknowledged, createdAt: at,
            escalatesAt: nil, step: 1, isExhausted: true)
        let one = Subscribed(
            tag: nil, channel: channel, position: Position(epoch: epoch, seq: 3), recovery: .snapshot([open]))
        #expect(text(.subscribed(one)).contains(#""room":null"#))
        #expect(!text(.subscribed(one)).contains("escalatesAt"))
        #expect(text(.subscribed(one)).contains(#""isExhausted":true"#))
    }

    @Test("heartbeat names the newest event of each channel")
    func heartbeat() {
        let message = ServerMessage.heartbeat(serverTime: at, heads: [ChannelHead(channel: channel, seq: 42)])
        #expect(
            text(message) == """
                {"type":"heartbeat","serverTime":"2026-11-20T10:15:30.123Z","channels":{"clinic:\(clinic)":42}}
                """)
        #expect(text(.heartbeat(serverTime: at, heads: [])).hasSuffix(#""channels":{}}"#))
    }

    @Test("replies echo the id and say what was done")
    func replies() {
        #expect(
            text(.reply(tag: .number(5), .acted(.acknowledge, alert, status: .acknowledged)))
                == #"{"type":"reply","id":5,"to":"acknowledge","alertId":"\#(alert)","status":"ACKNOWLEDGED"}"#)
        #expect(
            text(.reply(tag: .text("a\"b"), .acted(.decline, alert, status: .escalated)))
                == #"{"type":"reply","id":"a\"b","to":"decline","alertId":"\#(alert)","status":"ESCALATED"}"#)
        #expect(
            text(.reply(tag: nil, .unsubscribed(channel)))
                == #"{"type":"reply","to":"unsubscribe","channel":"clinic:\#(clinic)"}"#)
        #expect(text(.reply(tag: nil, .authenticated(expiresAt: nil))) == #"{"type":"reply","to":"authenticate"}"#)
        #expect(
            text(.reply(tag: nil, .pong(serverTime: at)))
                == #"{"type":"reply","to":"ping","serverTime":"2026-11-20T10:15:30.123Z"}"#)
    }

    @Test("an error carries number, name, whether it passes, and words")
    func error() {
        #expect(
            text(.error(tag: .number(5), code: .tooManyRequests, message: "slow down")) == """
                {"type":"error","id":5,"code":111,"name":"too many requests","temporary":true,"message":"slow down"}
                """)
    }

    @Test("token_expiring tells when")
    func tokenExpiring() {
        #expect(
            text(.tokenExpiring(at: at)) == #"{"type":"token_expiring","expiresAt":"2026-11-20T10:15:30.123Z"}"#)
    }

    @Test("every message is JSON that the reader takes")
    func readable() throws {
        let messages: [ServerMessage] = [
            .heartbeat(serverTime: at, heads: [ChannelHead(channel: channel, seq: .max)]),
            .error(tag: .text("\u{1}\\"), code: .badRequest, message: "a \"field\"\n"),
        ]
        for message in messages { _ = try JSONReader.readObject(message.encoded()) }
    }
}
