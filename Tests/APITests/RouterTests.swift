import Clinic
import Platform
import Testing
import Wire

@testable import API

@Suite struct RouterTests {
    private let router = Router([
        Route(.get, "/api/v1/alerts") { _ throws(Problem) in HTTPResponse(.ok) },
        Route(.post, "/api/v1/alerts") { _ throws(Problem) in HTTPResponse(.created) },
        Route(.patch, "/api/v1/alerts/{id}/acknowledge") { _ throws(Problem) in HTTPResponse(.ok) },
        Route(.patch, "/api/v1/clinics/{id}") { _ throws(Problem) in HTTPResponse(.ok) },
        Route(.get, "/api/v1/clinics/aggregate") { _ throws(Problem) in HTTPResponse(.ok) },
    ])

    private func failure(_ method: HTTPMethod, _ path: String) -> HTTPResponse? {
        do {
            _ = try router.route(method, path: path)
            return nil
        } catch {
            return error.response
        }
    }

    @Test("a path's named parts are given") func parameters() throws {
        let (route, parameters) = try router.route(.patch, path: "/api/v1/alerts/7/acknowledge")
        #expect(parameters == ["id": "7"])
        #expect(route.template == "/api/v1/alerts/{id}/acknowledge")
    }

    @Test("HEAD is served by GET's route") func head() throws {
        #expect(try router.route(.head, path: "/api/v1/alerts").0.method == .get)
    }

    @Test(
        "a path that is none is 404",
        arguments: [
            "/", "", "/api", "/api/v1/alerts/7", "/API/v1/alerts", "/api/v1/alerts/7/acknowledge/x",
            "/api/v1/alerts\u{0}",
        ])
    func unknownPath(path: String) { #expect(failure(.get, path)?.status == .notFound) }

    @Test("a wrong method is 405 and told what is allowed") func wrongMethod() {
        let response = failure(.delete, "/api/v1/alerts")
        #expect(response?.status == .methodNotAllowed)
        #expect(response?.fields["Allow"] == "GET, HEAD, POST")
        #expect(failure(.get, "/api/v1/alerts/7/acknowledge")?.fields["Allow"] == "PATCH")
        #expect(failure(.head, "/api/v1/alerts/7/acknowledge")?.status == .methodNotAllowed)
    }

    @Test("a path without named parts is itself, not an id, also where the method is wrong") func concrete() throws {
        #expect(try router.route(.get, path: "/api/v1/clinics/aggregate").0.template == "/api/v1/clinics/aggregate")
        #expect(failure(.patch, "/api/v1/clinics/aggregate")?.fields["Allow"] == "GET, HEAD")
        #expect(try router.route(.patch, path: "/api/v1/clinics/7").1 == ["id": "7"])
        #expect(failure(.get, "/api/v1/clinics/7")?.fields["Allow"] == "PATCH")
    }
}

@Suite struct ProblemTests {
    @Test("a problem has the form of RFC 9457") func form() throws {
        let response = Problem(
            .unprocessableContent, "invalid-field", "A \"quoted\" detail\n", field: "a.b", retryAfterSeconds: 3
        ).response
        #expect(response.fields["Content-Type"] == "application/problem+json")
        #expect(response.fields["Retry-After"] == "3")
        let json = try JSONReader.readObject(response.body)
        #expect(json["type"] == "urn:alert-hub:problem:invalid-field")
        #expect(json["title"] == "Unprocessable Content")
        #expect(json["status"] == .integer(422))
        #expect(json["detail"] == "A \"quoted\" detail\n")
        #expect(json["field"] == "a.b")
    }

    @Test("401 names the scheme") func unauthorized() {
        #expect(
            Problem(.unauthorized, "unauthorized", "x").response.fields["WWW-Authenticate"]?.hasPrefix("Bearer") == true
        )
    }

    @Test("a role is told what it may not do") func rights() throws {
        for role in Role.allCases {
            let principal = Principal(
                clinic: ClinicID(high: 0, low: 1), user: UserID(high: 0, low: 2), role: role,
                expiresAt: WallTime(microseconds: 0))
            if role == .doctor {
                try principal.require(.acknowledgeAlert, to: "acknowledge alerts")
            } else {
                #expect(throws: Problem.forbidden(role.rawValue, "acknowledge alerts")) {
                    try principal.require(.acknowledgeAlert, to: "acknowledge alerts")
                }
            }
        }
    }
}

@Suite struct HostileBodyTests {
    private func problem(_ body: String, type: String = "application/json") throws -> Problem? {
        try problem(Array(body.utf8), type: type)
    }

    private func problem(_ body: [UInt8], type: String = "application/json") throws -> Problem? {
        let context = try TestRequest.context(.post, "/api/v1/alerts", type: type, body: body)
        do {
            let object = try context.body(allowing: ["patientId", "urgencyLevel", "room"])
            _ = try context.fields { () throws(JSONFieldError) in
                _ = try object.parsed("patientId", as: "a UUID") { PatientID($0) }
                let _: UrgencyLevel = try object.choice("urgencyLevel")
                _ = try object.optionalString("room", minLength: 1, maxLength: 50)
            }
            return nil
        } catch {
            return error
        }
    }

    private static let patient = #""patientId":"00000000-0000-4000-8000-000000000201","urgencyLevel":"LOW""#

    @Test("a good body is taken") func good() throws { #expect(try problem("{\(Self.patient)}") == nil) }

    @Test(
        "a hostile body is a fault of its sender",
        arguments: [
            "", " ", "{", "[]", "null", "1", "{}{}", "{\(patient),}", "{\(patient)}\u{0}",
            "{\(patient),\"room\":\"a\u{0}b\"}",
            #"{\#(patient),"room":"a\u0000b"}"#, #"{\#(patient),"room":"\ud800"}"#, "{\(patient),\(patient)}",
            #"{\#(patient),"room":1e999999}"#, #"{\#(patient),"room":\#(String(repeating: "9", count: 5_000))}"#,
            #"{\#(patient),"room":\#(String(repeating: "[", count: 30_000))"#, #"{\#(patient),"room":""}"#,
            #"{\#(patient),"room":"\#(String(repeating: "x", count: 51))"}"#, #"{\#(patient),"extra":1}"#,
            #"{"patientId":7,"urgencyLevel":"LOW"}"#, #"{"patientId":"x","urgencyLevel":"LOW"}"#,
            #"{"urgencyLevel":"LOW"}"#, #"{\#(patient),"room":{"a":1}}"#,
            #"{"patientId":"00000000-0000-4000-8000-000000000201","urgencyLevel":"low"}"#,
        ])
    func hostile(body: String) throws {
        let status = try #require(try problem(body)).status
        #expect([.badRequest, .unprocessableContent].contains(status))
    }

    @Test("bytes that are not UTF-8 are a fault of their sender") func notUTF8() throws {
        let bytes = Array("{\(Self.patient),\"room\":\"".utf8) + [0xff, 0xc0, 0x80] + Array("\"}".utf8)
        #expect(try problem(bytes)?.status == .badRequest)
    }

    @Test("another media type is 415") func mediaType() throws {
        #expect(try problem("{\(Self.patient)}", type: "text/plain")?.status == .unsupportedMediaType)
        #expect(try problem("{\(Self.patient)}", type: "application/json; charset=utf-8") == nil)
    }
}
