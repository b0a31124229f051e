import Clinic
import Cryptography
import Gateways
import Outbound
import Testing
import Wire

@Suite("Telnyx")
struct TelnyxTests {
    /// The key of 32 bytes 0 to 31, and what it signs, computed by another library (pyca/cryptography).
    private static let publicKey = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
    private static let body =
        #"{"data":{"event_type":"message.finalized","id":"b301ed3f-1490-491f-995f-6e64e69674d4","occurred_at":"2026-11-20T10:15:30.123Z","payload":{"direction":"outbound","errors":[],"id":"40385f64-5717-4562-b3fc-2c963f66afa6","to":[{"phone_number":"+15005550101","status":"delivered"}]},"record_type":"event"},"meta":{"attempt":1}}"#
    private static let signature =
        "FuhM0E5laIpfVmDox1310mLLsIzX2AwHh251KGwutnNSqd93SlYs7nLQqRB3qQRvQ18PN47ubInFa4Fd/ykAAQ=="
    private static let seconds: Int64 = 1_795_169_730
    private static let target = "/gateways/telnyx/status?attempt=\(Twilio.attemptID)"

    private func gateway() throws -> TelnyxGateway {
        TelnyxGateway(
            TelnyxConfiguration(
                apiKey: "KEY123",
                publicKey: try #require(Base64.decode(Self.publicKey).flatMap(PublicKey.init(ed25519:))),
                from: try Twilio.phone("+15005550006"), statusCallback: "https://hub.example/gateways/telnyx/status"))
    }

    private func callback(
        body: String = body, signature: String = signature, timestamp: String = String(seconds),
        target: String = target, at now: Timestamp = Twilio.now
    ) -> GatewayCallback {
        GatewayCallback(
            target: target,
            fields: ["Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": timestamp], body: Array(body.utf8),
            receivedAt: now)
    }

    /// A callback that is signed as Telnyx signs.
    private func signed(_ body: String, at seconds: Int64 = seconds) throws -> GatewayCallback {
        let key = try #require(PrivateKey(ed25519Seed: Array(0..<32)))
        let signature = try key.signature(
            of: TelnyxSignature.message(timestamp: String(seconds), body: Array(body.utf8)))
        return callback(body: body, signature: Base64.encode(signature), timestamp: String(seconds))
    }

    private func event(status: String, errors: String = "[]", type: String = "message.finalized") -> String {
        #"{"data":{"event_type":"\#(type)","id":"e1","payload":{"id":"m1","errors":\#(errors),"to":[{"status":"\#(status)"}]}}}"#
    }

    @Test("The request is the documented one")
    func request() throws {
        let request = try gateway().request(for: Twilio.attempt())
        #expect(request.method == .post)
        #expect(request.url == "https://api.telnyx.com/v2/messages")
        #expect(request.headers.contains(HeaderField("Authorization", "Bearer KEY123")))
        let json = try JSONReader.readObject(request.body)
        #expect(try json.string("to") == "+15005550101")
        #expect(try json.string("from") == "+15005550006")
        #expect(try json.string("text") == Twilio.attempt().text)
        #expect(try json.string("webhook_url") == "https://hub.example" + Self.target)
        #expect(try json.bool("use_profile_webhooks") == false)
    }

    @Test("Answers are classified")
    func answers() throws {
        func error(_ code: String) -> String { #"{"errors":[{"code":"\#(code)","title":"x"}]}"# }
        let cases: [(Int, String, SubmitOutcome)] = [
            (200, #"{"data":{"id":"m1","to":[{"status":"queued"}]}}"#, .accepted(providerID: "m1")),
            (200, "{}", .unknown(code: "noID")),
            (400, error("40310"), .rejected(DeliveryError(.permanentAddress, code: "40310"))),
            (400, error("40300"), .rejected(DeliveryError(.optedOut, code: "40300"))),
            (422, error("40002"), .rejected(DeliveryError(.permanentContent, code: "40002"))),
            (401, error("10009"), .rejected(DeliveryError(.configuration, code: "10009"))),
            (403, "", .rejected(DeliveryError(.configuration, code: "http403"))),
            (422, error("99999"), .rejected(DeliveryError(.permanentContent, code: "99999"))),
            (429, error("10011"), .rejected(DeliveryError(.rateLimited(retryAfter: .seconds(7)), code: "10011"))),
            (500, "", .unknown(code: "http500")), (408, "", .unknown(code: "http408")),
            (302, "", .unknown(code: "http302")),
        ]
        for (status, body, outcome) in cases {
            let response = OutboundResponse(
                status: status, headers: [HeaderField("retry-after", "7")], body: Array(body.utf8))
            #expect(try gateway().outcome(of: .response(response)) == outcome, "\(status) \(body)")
        }
        #expect(
            try gateway().outcome(of: .notSent(.connectFailed))
                == .rejected(DeliveryError(.transient, code: "connectFailed")))
        #expect(try gateway().outcome(of: .outcomeUnknown(.deadline)) == .unknown(code: "deadline"))
    }

    @Test("A signed webhook names its attempt")
    func vector() throws {
        let content = try gateway().open(callback())
        #expect(
            content.events == [
                GatewayEvent(
                    attempt: Twilio.attemptID, providerID: "40385f64-5717-4562-b3fc-2c963f66afa6", state: .delivered,
                    error: nil, key: "b301ed3f-1490-491f-995f-6e64e69674d4")
            ])
        #expect(content.texts.isEmpty && content.answer == nil)
    }

    @Test("Every forged variant is refused")
    func forged() throws {
        let gateway = try gateway()
        var forgeries = [
            callback(body: Self.body + " "), callback(timestamp: String(Self.seconds + 1)),
            callback(timestamp: "x"), callback(timestamp: "0\(Self.seconds)"), callback(signature: ""),
            callback(signature: "AAAA"), callback(signature: String(Self.signature.dropLast(4))),
            GatewayCallback(target: Self.target, fields: [:], body: Array(Self.body.utf8)),
            GatewayCallback(
                target: Self.target,
                fields: ["Telnyx-Signature-Ed25519": Self.signature, "Telnyx-Timestamp": "1", "telnyx-timestamp": "2"],
                body: Array(Self.body.utf8)),
        ]
        let digits = Array(Self.signature.utf8)
        for index in digits.indices.dropLast(3) {
            var changed = digits
            changed[index] = digits[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            forgeries.append(callback(signature: String(decoding: changed, as: UTF8.self)))
        }
        for forgery in forgeries { #expect(throws: CallbackRefusal.forged) { try gateway.open(forgery) } }
    }

    @Test("A genuine webhook of another time is stale", arguments: [-301, 301, 1_000_000])
    func stale(seconds: Int64) throws {
        let now = Timestamp(microseconds: (Self.seconds + seconds) * 1_000_000)
        #expect(throws: CallbackRefusal.stale) { try gateway().open(callback(at: now)) }
        #expect(CallbackRefusal.stale.status == 403)
    }

    @Test("Each of Telnyx's words has its state; a failure says why")
    func states() throws {
        let words: [(String, DeliveryState?)] = [
            ("queued", .accepted), ("sending", .accepted), ("sent", .sent), ("delivery_unconfirmed", .sent),
            ("delivered", .delivered), ("sending_failed", .failed), ("delivery_failed", .undelivered),
            ("expired", .undelivered), ("webhook_delivered", nil),
        ]
        for (word, state) in words {
            let events = try gateway().open(try signed(event(status: word))).events
            #expect(events.first?.state == state, "\(word)")
            #expect((events.first?.error != nil) == (state?.isFailure ?? false))
        }
        let failed = try gateway().open(
            try signed(event(status: "delivery_failed", errors: #"[{"code":"40001"}]"#))
        ).events
        #expect(failed.first?.error == DeliveryError(.permanentAddress, code: "40001"))
    }

    @Test("A text that somebody sent comes with its number; other events say nothing")
    func inbound() throws {
        let body =
            #"{"data":{"event_type":"message.received","id":"e2","payload":{"id":"m2","direction":"inbound","from":{"phone_number":"+15005550101"},"to":[{"phone_number":"+15005550006"}],"text":"1 7Q0AB"}}}"#
        let content = try gateway().open(try signed(body))
        #expect(
            content.texts == [
                InboundText(
                    from: try Twilio.phone("+15005550101"), to: "+15005550006", text: "1 7Q0AB", providerID: "m2",
                    key: "m2")
            ])
        #expect(content.events.isEmpty)
        let other = try gateway().open(try signed(event(status: "sent", type: "10dlc.brand.update")))
        #expect(other == CallbackContent())
    }

    @Test("What is signed and cannot be read is malformed", arguments: ["", "{}", "[]", #"{"data":{}}"#, "null"])
    func malformed(body: String) throws {
        #expect(throws: CallbackRefusal.malformed) { try gateway().open(try signed(body)) }
    }
}
