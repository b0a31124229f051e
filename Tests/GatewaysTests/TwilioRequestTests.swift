import Clinic
import Cryptography
import Gateways
import Outbound
import Testing
import Wire

@Suite("Twilio: handing over")
struct TwilioRequestTests {
    @Test("The request is the documented one")
    func request() throws {
        let request = try TwilioGateway(Twilio.configuration()).request(for: Twilio.attempt())
        #expect(request.method == .post)
        #expect(request.url == "https://api.twilio.com/2010-04-01/Accounts/\(Twilio.account)/Messages.json")
        let credentials = Base64.encode(Array("\(Twilio.account):\(Twilio.token)".utf8))
        #expect(request.headers.contains(HeaderField("Authorization", "Basic \(credentials)")))
        #expect(request.headers.contains(HeaderField("Content-Type", "application/x-www-form-urlencoded")))
        let form = try #require(URLEncodedForm(request.body))
        #expect(form["To"] == "+15005550101")
        #expect(form["From"] == "+15005550006")
        #expect(form["MessagingServiceSid"] == nil)
        #expect(form["Body"] == "Clinic: CRITICAL alert 7Q. Open the app to accept it.")
        let callback = try #require(form["StatusCallback"])
        #expect(
            callback.hasPrefix(
                "https://hub.example/gateways/twilio/status?attempt=00000000-0000-0001-0000-000000000002#"))
    }

    @Test("An API key and a messaging service take the places of the account's own")
    func apiKey() throws {
        var configuration = try Twilio.configuration(statusCallback: "https://hub.example/t?clinic=1")
        configuration.apiKey = ("SK1", "secret")
        configuration.sender = .messagingService("MG1")
        let request = try TwilioGateway(configuration).request(for: Twilio.attempt())
        #expect(
            request.headers.contains(HeaderField("Authorization", "Basic " + Base64.encode(Array("SK1:secret".utf8)))))
        let form = try #require(URLEncodedForm(request.body))
        #expect(form["From"] == nil)
        #expect(form["MessagingServiceSid"] == "MG1")
        #expect(form["StatusCallback"]?.hasPrefix("https://hub.example/t?clinic=1&attempt=0") == true)
    }

    @Test(
        "A text is not delivered long after it matters",
        arguments: [
            (UrgencyLevel.critical, "120"), (.urgent, "300"), (.moderate, "1800"), (.low, "14400"),
        ])
    func validity(urgency: UrgencyLevel, seconds: String) throws {
        let request = try TwilioGateway(Twilio.configuration()).request(for: Twilio.attempt(urgency: urgency))
        #expect(URLEncodedForm(request.body)?["ValidityPeriod"] == seconds)
    }

    @Test("The configuration does not print its secrets")
    func secrets() throws {
        let configuration = try Twilio.configuration()
        var text = "\(configuration) \(String(reflecting: configuration))"
        dump(configuration, to: &text)
        dump(TwilioGateway(configuration), to: &text)
        #expect(!text.contains(Twilio.token))
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        let result: OutboundResult
        let outcome: SubmitOutcome
        var testDescription: String { "\(outcome)" }

        init(_ result: OutboundResult, _ outcome: SubmitOutcome) {
            self.result = result
            self.outcome = outcome
        }

        init(_ status: Int, _ json: String, headers: [HeaderField] = [], _ outcome: SubmitOutcome) {
            let response = OutboundResponse(status: status, headers: headers, body: Array(json.utf8))
            self.init(.response(response), outcome)
        }
    }

    private static func rejected(_ errorClass: DeliveryError.Class, _ code: String) -> SubmitOutcome {
        .rejected(DeliveryError(errorClass, code: code))
    }

    @Test(
        "Each answer has its meaning",
        arguments: [
            Answer(201, #"{"sid":"\#(Twilio.sid)","status":"queued","x":[1]}"#, .accepted(providerID: Twilio.sid)),
            Answer(200, #"{"sid":"\#(Twilio.sid)"}"#, .accepted(providerID: Twilio.sid)),
            Answer(201, #"{"sid":"SM1"}"#, .unknown(code: "noSid")),
            Answer(201, #"{"sid":7}"#, .unknown(code: "noSid")),
            Answer(201, "", .unknown(code: "noSid")),
            Answer(201, "<html>", .unknown(code: "noSid")),
            Answer(429, #"{"code":20429}"#, rejected(.rateLimited(retryAfter: nil), "20429")),
            Answer(
                429, #"{"code":20429}"#, headers: [HeaderField("retry-after", "7")],
                rejected(.rateLimited(retryAfter: .seconds(7)), "20429")),
            Answer(
                429, "", headers: [HeaderField("Retry-After", "999999999")],
                rejected(.rateLimited(retryAfter: .seconds(3600)), "http429")),
            Answer(
                429, "", headers: [HeaderField("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT")],
                rejected(.rateLimited(retryAfter: nil), "http429")),
            Answer(400, #"{"code":21211,"status":400}"#, rejected(.permanentAddress, "21211")),
            Answer(400, #"{"code":21610}"#, rejected(.optedOut, "21610")),
            Answer(400, #"{"code":21408}"#, rejected(.configuration, "21408")),
            Answer(400, #"{"code":21617}"#, rejected(.permanentContent, "21617")),
            Answer(400, #"{"code":21611}"#, rejected(.transient, "21611")),
            Answer(400, #"{"code":99999}"#, rejected(.permanentContent, "99999")),
            Answer(400, #"{"code":9223372036854775808}"#, rejected(.permanentContent, "http400")),
            Answer(401, #"{"code":20003}"#, rejected(.configuration, "20003")),
            Answer(401, "", rejected(.configuration, "http401")),
            Answer(403, "", rejected(.configuration, "http403")),
            Answer(404, #"{"code":20404}"#, rejected(.configuration, "20404")),
            Answer(408, "", .unknown(code: "http408")),
            Answer(500, #"{"code":20500}"#, .unknown(code: "20500")),
            Answer(503, "", .unknown(code: "http503")),
            Answer(302, "", .unknown(code: "http302")),
            Answer(.notSent(.connectFailed), rejected(.transient, "connectFailed")),
            Answer(.notSent(.nameNotResolved), rejected(.transient, "nameNotResolved")),
            Answer(.notSent(.queueFull), rejected(.transient, "queueFull")),
            Answer(.notSent(.invalidRequest), rejected(.configuration, "invalidRequest")),
            Answer(.outcomeUnknown(.deadline), .unknown(code: "deadline")),
            Answer(.outcomeUnknown(.connectionLost), .unknown(code: "connectionLost")),
            Answer(.outcomeUnknown(.library(99)), .unknown(code: "curl99")),
        ])
    func answers(answer: Answer) throws {
        #expect(try TwilioGateway(Twilio.configuration()).outcome(of: answer.result) == answer.outcome)
    }

    @Test("A text that Twilio has given up is not found: the same words may be on their way, or be sent again")
    func reconciliation() throws {
        let gateway = try TwilioGateway(Twilio.configuration())
        let attempt = try Twilio.attempt()
        func found(_ statuses: [String]) -> Reconciliation {
            let messages = statuses.enumerated().map { index, status in
                let sid = "SM" + String(repeating: "0\(index)", count: 16)
                return #"{"sid":"\#(sid)","status":"\#(status)","body":"\#(attempt.text)"}"#
            }
            let body = #"{"messages":[\#(messages.joined(separator: ","))]}"#
            return gateway.reconciliation(
                of: .response(OutboundResponse(status: 200, body: Array(body.utf8))), attempt)
        }
        let second = "SM" + String(repeating: "01", count: 16)
        for status in ["failed", "undelivered", "canceled"] {
            #expect(found([status]) == .absent, "\(status)")
            #expect(found([status, "sent"]) == .found(providerID: second, state: .sent), "\(status)")
        }
        #expect(
            found(["queued", "failed"])
                == .found(providerID: "SM" + String(repeating: "00", count: 16), state: .accepted))
    }
}
