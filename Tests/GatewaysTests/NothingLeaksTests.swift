import Clinic
import Cryptography
import Gateways
import Outbound
import Testing
import Wire

/// Whatever a gateway is handed, what leaves is made of the attempt's typed values and the gateway's own settings.
@Suite("What leaves for a gateway")
struct NothingLeaksTests {
    private static func gateways() throws -> [any OneRequestGateway] {
        let phone = try Twilio.phone("+15005550006")
        let key = try #require(PrivateKey(ed25519Seed: [UInt8](repeating: 1, count: 32))).publicKey
        return [
            TwilioGateway(try Twilio.configuration()),
            TelnyxGateway(TelnyxConfiguration(apiKey: "K", publicKey: key, from: phone, statusCallback: "https://h/s")),
            VonageGateway(
                VonageConfiguration(
                    credentials: .basic(key: "a", secret: "b"),
                    signatureSecret: try HS256Key(ofPeer: [UInt8](repeating: 1, count: 16)), from: "1500",
                    statusCallback: "https://h/s")),
            SNSGateway(SNSConfiguration(region: "us-east-1", accessKeyID: "A", secretAccessKey: "b")),
            WebhookGateway(
                WebhookGateway.Configuration(
                    secret: try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
                    statusCallback: "https://h/s")),
        ]
    }

    @Test("Two attempts that differ in nothing but their values make requests that differ in nothing else")
    func onlyValues() throws {
        let brand = try #require(Brand("St. Mary-Ann & Co. X"))
        for template in TextTemplate.allCases {
            for urgency in UrgencyLevel.allCases {
                let code = AlertCode(randomBits: 0x155_5555)
                let text = template.text(
                    TextValues(brand: brand, urgency: urgency, code: code, answerWithin: .seconds(Int64.max)))
                #expect(text.utf8.count <= 160)
                for gateway in try Self.gateways() {
                    let address: ContactAddress =
                        gateway.kind == .webhook
                        ? .webhook("https://pager.example.org/in") : .phone(try Twilio.phone("+15005550101"))
                    let attempt = GatewayAttempt(
                        id: Twilio.attemptID, message: MessageID(high: 3, low: 4), to: address, text: text, code: code,
                        urgency: urgency, at: Twilio.now)
                    let request = gateway.request(for: attempt)
                    // The text is there whole, once; and no URL but the webhook's own is made of anything of the message.
                    let body = String(decoding: request.body, as: UTF8.self)
                    let spellings = [text, text.replacing("&", with: "\\u0026"), Self.form(text)]
                    #expect(spellings.contains { body.contains($0) }, "\(gateway.name) \(body)")
                    #expect(!request.url.contains(code.description) && !request.url.contains("15005550101"))
                    for header in request.headers { #expect(!header.value.contains(code.description)) }
                }
            }
        }
    }

    private static func form(_ text: String) -> String {
        String(decoding: URLEncodedForm([.init(name: "", value: text)]).encoded.dropFirst(), as: UTF8.self)
    }

    @Test(
        "An attempt has no place for a patient: its values are ids, an address, a text of a template, a code, an urgency"
    )
    func noPlace() throws {
        let fields = Mirror(reflecting: try Twilio.attempt()).children.map {
            "\($0.label ?? ""): \(type(of: $0.value))"
        }
        #expect(
            fields.map { String($0.prefix { $0 != ":" }) } == [
                "id", "message", "to", "text", "code", "urgency", "at", "isSilent", "validity",
            ])
    }

    @Test(
        "An address does not print",
        arguments: [
            ContactAddress.pushToken("device-token-0123456789"), .webhook("https://pager.example.org/secret-path"),
        ])
    func addresses(address: ContactAddress) {
        var text = "\(address) \(String(reflecting: address))"
        dump(address, to: &text)
        #expect(!text.contains("0123456789") || text.contains("…6789"))
        #expect(!text.contains("secret-path") && !text.contains("device-token"))
    }
}
