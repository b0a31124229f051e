import Clinic
import Cryptography
import Gateways
import Outbound
import TestSupport
import Testing
import Wire

/// Every gateway against every forgery of a callback that it would believe. A new gateway does not compile without its row.
@Suite("Gateways: nothing forged is believed")
struct ForgeryTests {
    enum Vendor: String, CaseIterable { case twilio, telnyx, vonage, sns, fcm, webhook }
    enum Forgery: String, CaseIterable {
        case wrongKey, changedBody, changedURL, oldTimestamp, futureTimestamp, missingHeader, doubledHeader, replay
    }

    /// What is to become of a forgery.
    enum Fate: Equatable {
        case refused(CallbackRefusal)
        /// It says just what the genuine one says, and is a repetition of it.
        case sameEvent
        /// The URL is not signed, so its attempt is not believed by itself: the event names the vendor's own id, which is
        /// signed, and `CallbackStore` holds the two together.
        case namesSignedID
        /// An app's word about its own message: no key is needed but the tag, and no failure can be told.
        case ownWordOnly
    }

    private static let fates: [Vendor: [Forgery: Fate]] = [
        // Twilio signs no time: what keeps a replay from doing anything is the event's key.
        .twilio: [
            .wrongKey: .refused(.forged), .changedBody: .refused(.forged), .changedURL: .refused(.forged),
            .oldTimestamp: .sameEvent, .futureTimestamp: .sameEvent, .missingHeader: .refused(.forged),
            .doubledHeader: .refused(.forged), .replay: .sameEvent,
        ],
        .telnyx: [
            .wrongKey: .refused(.forged), .changedBody: .refused(.forged), .changedURL: .namesSignedID,
            .oldTimestamp: .refused(.stale), .futureTimestamp: .refused(.stale), .missingHeader: .refused(.forged),
            .doubledHeader: .refused(.forged), .replay: .sameEvent,
        ],
        .vonage: [
            .wrongKey: .refused(.forged), .changedBody: .refused(.forged), .changedURL: .sameEvent,
            .oldTimestamp: .refused(.stale), .futureTimestamp: .refused(.stale), .missingHeader: .refused(.forged),
            .doubledHeader: .refused(.forged), .replay: .sameEvent,
        ],
        .sns: Dictionary(uniqueKeysWithValues: Forgery.allCases.map { ($0, .refused(.forged)) }),
        // The tag in the URL is the proof; there is no header and no time. Of two tags the first counts.
        .fcm: [
            .wrongKey: .refused(.forged), .changedBody: .ownWordOnly, .changedURL: .refused(.forged),
            .oldTimestamp: .sameEvent, .futureTimestamp: .sameEvent, .missingHeader: .refused(.forged),
            .doubledHeader: .sameEvent, .replay: .sameEvent,
        ],
        .webhook: [
            .wrongKey: .refused(.forged), .changedBody: .refused(.forged), .changedURL: .refused(.malformed),
            .oldTimestamp: .refused(.stale), .futureTimestamp: .refused(.stale), .missingHeader: .refused(.forged),
            .doubledHeader: .refused(.forged), .replay: .sameEvent,
        ],
    ]

    @Test("each forgery has its fate at each gateway", arguments: Vendor.allCases, Forgery.allCases)
    func walk(_ vendor: Vendor, _ forgery: Forgery) throws {
        let bench = try Bench(vendor)
        let fate = try #require(Self.fates[vendor]?[forgery])
        let forged = try bench.forge(forgery)
        if case .refused(let refusal) = fate {
            #expect(throws: refusal) { try bench.gateway.open(forged) }
            #expect(vendor == .sns || refusal != .malformed || forgery == .changedURL)
            return
        }
        // What was forged is the genuine callback changed: it must be one that is believed.
        let genuine = try #require(try bench.gateway.open(bench.genuine()).events.first)
        #expect(genuine.attempt == Twilio.attemptID && genuine.state == .delivered)
        let content = try bench.gateway.open(forged)
        #expect(content.texts.isEmpty)
        switch fate {
        case .sameEvent: #expect(content.events == [genuine])
        case .namesSignedID:
            #expect(content.events.map(\.providerID) == [genuine.providerID] && !genuine.providerID.isEmpty)
            #expect(content.events.map(\.key) == [genuine.key])
        case .ownWordOnly:
            #expect(content.events.allSatisfy { $0.attempt == genuine.attempt && $0.state.isReceipt })
        case .refused: break
        }
    }
}

/// A gateway and the callbacks that somebody makes for it: the genuine one, and what is made of it.
private struct Bench {
    let vendor: ForgeryTests.Vendor
    let gateway: any Gateway
    private static let seconds: Int64 = 1_795_169_730
    private static let otherAttempt = AttemptID(high: 9, low: 9)
    private static let secret = "a secret of more than 32 bytes, in ASCII"
    private static let otherSecret = "another secret of the same length, ASCII"
    private static let webhookSecrets = ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
        .map { "whsec_\($0)" }

    init(_ vendor: ForgeryTests.Vendor) throws {
        self.vendor = vendor
        let status = "https://hub.example/gateways/\(vendor.rawValue)/status"
        switch vendor {
        case .twilio: gateway = TwilioGateway(try Twilio.configuration(statusCallback: status))
        case .telnyx:
            let key = try #require(PrivateKey(ed25519Seed: Array(0..<32))).publicKey
            gateway = TelnyxGateway(
                TelnyxConfiguration(
                    apiKey: "KEY", publicKey: key, from: try Twilio.phone("+15005550006"), statusCallback: status))
        case .vonage:
            gateway = VonageGateway(
                VonageConfiguration(
                    credentials: .basic(key: "k", secret: "s"),
                    signatureSecret: try HS256Key(ofPeer: Array(Self.secret.utf8)), from: "15005550006",
                    statusCallback: status))
        case .sns:
            gateway = SNSGateway(SNSConfiguration(region: "us-east-1", accessKeyID: "AK", secretAccessKey: "s"))
        case .fcm:
            gateway = FCMGateway(
                FCMGateway.Configuration(
                    account: ServiceAccount(
                        projectID: "p", clientEmail: "a@b", keyID: "k",
                        key: try #require(PrivateKey(pem: Array(RSAKey.pem.utf8))), tokenURL: "https://x.example/t"),
                    statusCallback: status))
        case .webhook:
            gateway = WebhookGateway(
                WebhookGateway.Configuration(
                    secret: try #require(WebhookSecret(Self.webhookSecrets[0])), statusCallback: status))
        }
    }

    func genuine() throws -> GatewayCallback { try callback() }

    func forge(_ forgery: ForgeryTests.Forgery) throws -> GatewayCallback {
        let genuine = try genuine()
        switch forgery {
        case .wrongKey: return try callback(isRightKey: false)
        case .changedBody: return copy(genuine, body: changed(genuine.body))
        case .changedURL:
            let target = genuine.target.replacing("\(Twilio.attemptID)", with: "\(Self.otherAttempt)")
            return copy(genuine, target: target == genuine.target ? "\(target)?attempt=\(Self.otherAttempt)" : target)
        case .oldTimestamp: return copy(genuine, at: Twilio.now.advanced(by: .seconds(301)))
        case .futureTimestamp: return copy(genuine, at: Twilio.now.advanced(by: .seconds(-301)))
        case .missingHeader:
            // FCM's proof is in the query.
            let target = vendor == .fcm ? String(genuine.target.prefix { $0 != "&" }) : genuine.target
            return copy(genuine, target: target, fields: [:])
        case .doubledHeader:
            var fields = genuine.fields
            for name in Self.proofs { if let value = genuine.fields[name] { fields.append(name, value) } }
            let tag = genuine.target.split(separator: "&").last.map { "&\($0)x" } ?? ""
            return copy(genuine, target: vendor == .fcm ? genuine.target + tag : genuine.target, fields: fields)
        case .replay: return genuine
        }
    }

    /// The fields that bear a signature.
    private static let proofs = [
        "X-Twilio-Signature", "telnyx-signature-ed25519", "Authorization", WebhookSignature.header,
    ]

    private func callback(isRightKey: Bool = true) throws -> GatewayCallback {
        let path = "/gateways/\(vendor.rawValue)/status"
        let target = "\(path)?attempt=\(Twilio.attemptID)"
        switch vendor {
        case .twilio:
            return Twilio.callback(token: isRightKey ? Twilio.token : String(Twilio.token.reversed()))
        case .telnyx:
            let body = Array(
                #"{"data":{"event_type":"message.finalized","id":"e1","payload":{"id":"m1","errors":[],"to":[{"status":"delivered"}]}}}"#
                    .utf8)
            let key = try #require(PrivateKey(ed25519Seed: Array(isRightKey ? 0..<32 : 1..<33)))
            let signature = try key.signature(
                of: TelnyxSignature.message(timestamp: String(Self.seconds), body: body))
            return GatewayCallback(
                target: target,
                fields: [
                    "telnyx-signature-ed25519": Base64.encode(signature), "telnyx-timestamp": String(Self.seconds),
                ], body: body)
        case .vonage:
            let body = Array(
                #"{"message_uuid":"m1","status":"delivered","client_ref":"\#(Twilio.attemptID)","channel":"sms"}"#.utf8)
            let token = VonageSignature.token(
                body: body, issuedAt: Self.seconds, id: "j",
                key: try HS256Key(ofPeer: Array((isRightKey ? Self.secret : Self.otherSecret).utf8)))
            return GatewayCallback(target: path, fields: ["Authorization": "Bearer \(token)"], body: body)
        case .sns:
            return GatewayCallback(target: target, fields: ["X-Amz-Sns-Message-Type": "Notification"], body: [])
        case .fcm:
            let fcm = try #require(gateway as? FCMGateway)
            let target = String(fcm.receiptURL(of: Twilio.attemptID).dropFirst("https://hub.example".count))
            let other = "tag=" + Base64.encodeURL([UInt8](repeating: 7, count: 16))
            let stem = target.prefix { $0 != "&" }
            return GatewayCallback(target: isRightKey ? target : "\(stem)&\(other)", fields: [:], body: [])
        case .webhook:
            let body = Array(#"{"attempt":"\#(Twilio.attemptID)","state":"DELIVERED"}"#.utf8)
            let secret = try #require(WebhookSecret(Self.webhookSecrets[isRightKey ? 0 : 1]))
            return GatewayCallback(
                target: target,
                fields: [
                    WebhookSignature.idHeader: "r1", WebhookSignature.timestampHeader: String(Self.seconds),
                    WebhookSignature.header: WebhookSignature.sign(
                        id: "r1", timestamp: Self.seconds, body: body, secret: secret),
                ], body: body)
        }
    }

    /// Another truth in the same form.
    private func changed(_ body: [UInt8]) -> [UInt8] {
        let text = String(decoding: body, as: UTF8.self)
        let other = text.replacing("delivered", with: "failed").replacing("DELIVERED", with: "FAILED")
        return vendor == .fcm ? Array(#"{"state":"FAILED"}"#.utf8) : Array((other == text ? text + " " : other).utf8)
    }

    private func copy(
        _ callback: GatewayCallback, target: String? = nil, fields: HTTPFields? = nil, body: [UInt8]? = nil,
        at now: Timestamp? = nil
    ) -> GatewayCallback {
        GatewayCallback(
            target: target ?? callback.target, fields: fields ?? callback.fields, body: body ?? callback.body,
            receivedAt: now ?? callback.receivedAt)
    }
}
