import Clinic
import Gateways
import Testing
import Wire

@Suite("Twilio: status callbacks")
struct TwilioCallbackTests {
    private func events(_ callback: GatewayCallback) throws(CallbackRefusal) -> [GatewayEvent] {
        guard let configuration = try? Twilio.configuration() else { return [] }
        return try TwilioGateway(configuration).open(callback).events
    }

    @Test("A signed callback names its attempt, whatever fields are new")
    func delivered() throws {
        let event = try #require(events(Twilio.callback()).first)
        #expect(
            event
                == GatewayEvent(
                    attempt: Twilio.attemptID, providerID: Twilio.sid, state: .delivered, error: nil,
                    key: "\(Twilio.sid):delivered"))
    }

    @Test(
        "Each of Twilio's words has its state",
        arguments: [
            ("accepted", DeliveryState.accepted), ("scheduled", .accepted), ("queued", .accepted),
            ("sending", .accepted), ("sent", .sent), ("delivered", .delivered), ("read", .read),
            ("undelivered", .undelivered), ("partially_delivered", .undelivered), ("failed", .failed),
            ("canceled", .failed),
        ])
    func states(word: String, state: DeliveryState) throws {
        let event = try #require(events(Twilio.callback(["MessageStatus": word])).first)
        #expect(event.state == state)
        #expect((event.error != nil) == state.isFailure)
    }

    @Test("A word that is not known yet is acknowledged and says nothing")
    func unknownWord() throws {
        #expect(try events(Twilio.callback(["MessageStatus": "beamed"])).isEmpty)
    }

    @Test("A failure says why; an unknown or missing reason counts as transient")
    func reasons() throws {
        let cases: [(String?, DeliveryError.Class, String)] = [
            ("30003", .transient, "30003"), ("30005", .permanentAddress, "30005"),
            ("30007", .permanentContent, "30007"), ("30034", .configuration, "30034"), ("21610", .optedOut, "21610"),
            ("39999", .transient, "39999"), ("x", .transient, "x"), (nil, .transient, "unspecified"),
            ("", .transient, "unspecified"),
        ]
        for (code, errorClass, text) in cases {
            let event = try #require(
                events(Twilio.callback(["MessageStatus": "undelivered", "ErrorCode": code])).first)
            #expect(event.error == DeliveryError(errorClass, code: text))
        }
    }

    @Test("The signature is checked against the configured URL, not against what a proxy made of it")
    func publicURL() throws {
        let callback = Twilio.callback(
            target: "/internal/path?attempt=\(Twilio.attemptID)",
            signedURL: "https://hub.example:443/gateways/twilio/status?attempt=\(Twilio.attemptID)")
        #expect(try events(callback).count == 1)
    }

    @Test("A forged callback is refused with 403")
    func forged() throws {
        let genuine = Twilio.callback()
        let signature = try #require(genuine.fields["X-Twilio-Signature"])
        let other = AttemptID(high: 9, low: 9)
        let forgeries = [
            Twilio.callback(token: "another token"),
            Twilio.callback(signedURL: "https://evil.example/gateways/twilio/status?attempt=\(Twilio.attemptID)"),
            GatewayCallback(target: genuine.target, fields: [:], body: genuine.body),
            GatewayCallback(target: genuine.target, fields: ["X-Twilio-Signature": ""], body: genuine.body),
            GatewayCallback(
                target: genuine.target,
                fields: ["X-Twilio-Signature": signature, "x-twilio-signature": signature], body: genuine.body),
            GatewayCallback(
                target: "/gateways/twilio/status?attempt=\(other)", fields: genuine.fields, body: genuine.body),
            GatewayCallback(
                target: genuine.target, fields: genuine.fields, body: genuine.body + Array("&MessageStatus=read".utf8)),
            GatewayCallback(target: genuine.target, fields: genuine.fields, body: []),
        ]
        for forgery in forgeries {
            #expect(throws: CallbackRefusal.forged) { try events(forgery) }
        }
        #expect(CallbackRefusal.forged.status == 403)
    }

    @Test("A genuine signature over another account, without an attempt, or without a text's id is refused")
    func unusable() {
        #expect(throws: CallbackRefusal.foreignAccount) {
            try events(Twilio.callback(["AccountSid": "AC" + String(repeating: "ff", count: 16)]))
        }
        let path = "/gateways/twilio/status"
        for target in [path, path + "?", path + "?attempt=", path + "?attempt=1", path + "?other=\(Twilio.attemptID)"] {
            #expect(throws: CallbackRefusal.malformed) { try events(Twilio.callback(target: target)) }
        }
        for changes in [
            ["MessageSid": nil, "SmsSid": nil], ["MessageSid": "1"], ["MessageStatus": nil],
            ["MessageStatus": String(repeating: "x", count: 33)],
        ] as [[String: String?]] {
            #expect(throws: CallbackRefusal.malformed) { try events(Twilio.callback(changes)) }
        }
        let broken = GatewayCallback(
            target: path, fields: ["X-Twilio-Signature": "AAAA"], body: Array("a=%ff".utf8))
        #expect(throws: CallbackRefusal.malformed) { try events(broken) }
    }

    @Test("Repetitions of one event have one key; different statuses have different ones")
    func keys() throws {
        let first = try #require(events(Twilio.callback(["MessageStatus": "sent"])).first)
        let again = try #require(events(Twilio.callback(["MessageStatus": "sent", "RawDlrDoneDate": "1"])).first)
        let later = try #require(events(Twilio.callback(["MessageStatus": "delivered"])).first)
        #expect(first.key == again.key)
        #expect(first.key != later.key)
    }
}
