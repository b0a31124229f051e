import Clinic
import Cryptography
import Gateways
import Outbound
import Platform
import TestSupport
import Testing
import Wire

@Suite("Amazon SNS", .timeLimit(.minutes(1)))
struct SNSTests {
    private static func gateway(baseURL: String? = nil, sessionToken: String? = nil) -> SNSGateway {
        SNSGateway(
            SNSConfiguration(
                region: "eu-west-1", accessKeyID: "AKIDEXAMPLE",
                secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: sessionToken,
                baseURL: baseURL))
    }

    @Test("The request is the documented one")
    func request() throws {
        let request = Self.gateway().request(for: try Twilio.attempt())
        #expect(request.url == "https://sns.eu-west-1.amazonaws.com/")
        let form = try #require(URLEncodedForm(request.body))
        #expect(form["Action"] == "Publish" && form["Version"] == "2010-03-31")
        #expect(form["PhoneNumber"] == "+15005550101")
        #expect(form["MessageAttributes.entry.1.Name"] == "AWS.SNS.SMS.SMSType")
        #expect(form["MessageAttributes.entry.1.Value.StringValue"] == "Transactional")
        #expect(!"\(request)".contains("wJalrX"))
    }

    @Test("Answers are classified")
    func answers() throws {
        func error(_ code: String) -> String {
            "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>x</Message></Error></ErrorResponse>"
        }
        let cases: [(Int, String, SubmitOutcome)] = [
            (
                200,
                "<PublishResponse><PublishResult><MessageId>567910cd-659e</MessageId></PublishResult></PublishResponse>",
                .accepted(providerID: "567910cd-659e")
            ),
            (200, "<x/>", .unknown(code: "noID")),
            (400, error("OptedOut"), .rejected(DeliveryError(.optedOut, code: "OptedOut"))),
            (400, error("InvalidParameter"), .rejected(DeliveryError(.permanentAddress, code: "InvalidParameter"))),
            (400, error("Throttling"), .rejected(DeliveryError(.rateLimited(retryAfter: nil), code: "Throttling"))),
            (429, "", .rejected(DeliveryError(.rateLimited(retryAfter: nil), code: "http429"))),
            (403, error("AuthorizationError"), .rejected(DeliveryError(.configuration, code: "AuthorizationError"))),
            (
                403, error("SignatureDoesNotMatch"),
                .rejected(DeliveryError(.configuration, code: "SignatureDoesNotMatch"))
            ),
            (500, error("InternalError"), .unknown(code: "InternalError")),
            (400, error("<b>"), .rejected(DeliveryError(.configuration, code: "http400"))),
        ]
        for (status, body, outcome) in cases {
            let response = OutboundResponse(status: status, body: Array(body.utf8))
            #expect(Self.gateway().outcome(of: .response(response)) == outcome, "\(status) \(body)")
        }
    }

    @Test("Nobody has a reason to call, so nobody is believed; and the gateway promises no receipts")
    func callbacks() {
        #expect(throws: CallbackRefusal.forged) {
            try Self.gateway().open(GatewayCallback(target: "/gateways/sns/status", fields: [:], body: []))
        }
        #expect(Self.gateway().capabilities == [])
    }

    @Test("What libcurl sends is signed as AWS documents it (Signature Version 4), session token and body included")
    func signature() async throws {
        let head = try await onLoop { reactor in
            var seen: HTTPRequest?
            let server = try LoopServer(reactor) { request in
                seen = request
                return HTTPResponse(
                    .ok, contentType: "text/xml", body: Array("<MessageId>m1</MessageId>".utf8))
            }
            let client = try OutboundClient(reactor: reactor)
            let gateway = Self.gateway(baseURL: "http://127.0.0.1:\(server.port)", sessionToken: "session/token==")
            let outcome = try await gateway.submit(Twilio.attempt(), through: client, deadline: .seconds(5))
            #expect(outcome == .accepted(providerID: "m1"))
            client.close()
            await server.end()
            return seen
        }
        let request = try #require(head)
        #expect(try SigV4.isValid(request, secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
        #expect(try !SigV4.isValid(request, secret: "another"))
        #expect(try SigV4.signedHeaders(request).isSuperset(of: ["host", "x-amz-content-sha256", "x-amz-date"]))
        #expect(request.head.fields["X-Amz-Security-Token"] == "session/token==")
    }
}

/// Signature Version 4, written anew from Amazon's description ("Create a signed AWS API request").
private enum SigV4 {
    struct Malformed: Error {}

    static func signedHeaders(_ request: HTTPRequest) throws -> Set<String> {
        Set(try part("SignedHeaders", of: request).split(separator: ";").map(String.init))
    }

    static func isValid(_ request: HTTPRequest, secret: String) throws -> Bool {
        let names = try part("SignedHeaders", of: request).split(separator: ";").map(String.init)
        let scope = try part("Credential", of: request).split(separator: "/").dropFirst().map(String.init)
        guard scope.count == 4, scope[1] == "eu-west-1", scope[2] == "sns", scope[3] == "aws4_request",
            let date = request.head.fields["X-Amz-Date"], date.hasPrefix(scope[0])
        else { throw Malformed() }
        let headers = names.map { "\($0):\(request.head.fields[$0] ?? "")\n" }.joined()
        let hash = Hex.encode(SHA256.hash(request.body))
        guard request.head.fields["X-Amz-Content-Sha256"] == hash else { return false }
        let canonical = "POST\n/\n\n\(headers)\n\(names.joined(separator: ";"))\n\(hash)"
        let text =
            "AWS4-HMAC-SHA256\n\(date)\n\(scope.joined(separator: "/"))\n"
            + Hex.encode(SHA256.hash(Array(canonical.utf8)))
        var key = Array("AWS4\(secret)".utf8)
        for step in scope { key = HMAC.sha256(key: key, message: Array(step.utf8)) }
        return Hex.encode(HMAC.sha256(key: key, message: Array(text.utf8))) == (try part("Signature", of: request))
    }

    private static func part(_ name: String, of request: HTTPRequest) throws -> String {
        guard let field = request.head.fields["Authorization"], field.hasPrefix("AWS4-HMAC-SHA256 "),
            let part = field.dropFirst(17).split(separator: ",").first(where: {
                $0.drop { $0 == " " }.hasPrefix("\(name)=")
            })
        else { throw Malformed() }
        return String(part.drop { $0 == " " }.dropFirst(name.count + 1))
    }
}
