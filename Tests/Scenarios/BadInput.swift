import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Bad input over REST")
    struct BadInput {
        @Test("A body that is no proper alert gets a clear error that names the field, and raises nothing")
        func bodies() throws {
            let hub = try SharedHub.get()
            let staff = try hub.client(.admissions)
            let patient = #""patientId":"\#(DemoIDs.patients[0])""#
            let urgency = #""urgencyLevel":"LOW""#
            let before = try alertCount(hub)
            let wrong: [(body: String, status: HTTPStatus, field: String?)] = [
                ("", .badRequest, nil), ("{", .badRequest, nil), ("[]", .badRequest, nil), ("null", .badRequest, nil),
                ("{\(patient),\(urgency)} x", .badRequest, nil),
                ("{\(patient),\(patient),\(urgency)}", .badRequest, nil),
                ("{\(patient),\(urgency),\"room\":\"\\u0000\"}", .badRequest, nil),
                ("{\(patient),\(urgency),\"room\":\"\\ud800\"}", .badRequest, nil),
                (String(repeating: "[", count: 100), .badRequest, nil),
                ("{\(urgency)}", .unprocessableContent, "patientId"),
                ("{\(patient)}", .unprocessableContent, "urgencyLevel"),
                ("{\"patientId\":5,\(urgency)}", .unprocessableContent, "patientId"),
                ("{\"patientId\":\"x\",\(urgency)}", .unprocessableContent, "patientId"),
                ("{\(patient),\"urgencyLevel\":\"SEVERE\"}", .unprocessableContent, "urgencyLevel"),
                ("{\(patient),\"urgencyLevel\":\"low\"}", .unprocessableContent, "urgencyLevel"),
                ("{\(patient),\"urgencyLevel\":1}", .unprocessableContent, "urgencyLevel"),
                ("{\(patient),\(urgency),\"rome\":\"1\"}", .unprocessableContent, "rome"),
                ("{\(patient),\(urgency),\"room\":{}}", .unprocessableContent, "room"),
                (
                    "{\(patient),\(urgency),\"room\":\"\(String(repeating: "r", count: 51))\"}", .unprocessableContent,
                    "room"
                ),
                (
                    "{\(patient),\(urgency),\"reason\":\"\(String(repeating: "r", count: 501))\"}",
                    .unprocessableContent, "reason"
                ),
                ("{\(patient),\(urgency),\"assignedTo\":\"\(DemoIDs.admin)\"}", .unprocessableContent, "assignedTo"),
                ("{\"patientId\":\"\(DemoIDs.nobody)\",\(urgency)}", .unprocessableContent, "patientId"),
                (
                    "{\(patient),\(urgency),\"assignedTo\":\"\(DemoIDs.nobody)\"}", .unprocessableContent, "assignedTo"
                ),
            ]
            for (body, status, field) in wrong {
                let answer = try staff.send(
                    .post, "/api/v1/alerts", body: Array(body.utf8), fields: ["Content-Type": "application/json"])
                #expect(answer.status == status, "\(body.prefix(100)): \(answer.text)")
                if let field { #expect(answer.json["field"] == .string(field), "\(body.prefix(100)): \(answer.text)") }
                check(answer)
            }
            let badUTF8 = Array("{\(patient),\(urgency),\"room\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
            let answer = try staff.send(
                .post, "/api/v1/alerts", body: badUTF8, fields: ["Content-Type": "application/json"])
            #expect(answer.status == .badRequest)
            let plain = try staff.post("/api/v1/alerts", newAlert(), fields: ["Content-Type": "text/plain"])
            #expect(plain.status == .unsupportedMediaType)
            try stillWorks(hub, alerts: before)
        }

        @Test("Too much, too little and too odd on the wire is refused or dropped, and raises nothing")
        func wire() throws {
            let hub = try SharedHub.get()
            let before = try alertCount(hub)
            let token = try hub.tokens.token(.admissions)
            let head = "POST /api/v1/alerts HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer \(token)\r\n"
            let json = "Content-Type: application/json\r\n"
            let wrong: [(bytes: String, status: HTTPStatus)] = [
                ("\(head)\(json)Content-Length: 70000\r\n\r\n", .contentTooLarge),
                ("\(head)\(json)Content-Length: 99999999999999999999\r\n\r\n", .badRequest),
                ("\(head)\(json)Content-Length: -1\r\n\r\n", .badRequest),
                ("\(head)\(json)Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", .badRequest),
                ("\(head)\(json)Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", .contentTooLarge),
                ("\(head)\(json)Transfer-Encoding: chunked\r\n\r\nxyz\r\n", .badRequest),
                ("\(head)X: \(String(repeating: "x", count: 9_000))\r\n\r\n", .headTooLarge),
                (head + (0..<80).map { "X\($0): 1\r\n" }.joined() + "\r\n", .headTooLarge),
                ("GET / HTTP/1.1\r\n\r\n", .badRequest), ("GET / HTTP/3.0\r\nHost: t\r\n\r\n", .versionNotSupported),
                ("BREW / HTTP/1.1\r\nHost: t\r\n\r\n", .notImplemented), ("\u{16}\u{3}\u{1}\u{2}\r\n\r\n", .badRequest),
                ("GET /../etc/passwd HTTP/1.1\r\nHost: t\r\n\r\n", .badRequest),
                ("GET /%00 HTTP/1.1\r\nHost: t\r\n\r\n", .badRequest),
            ]
            for (bytes, status) in wrong {
                let answer = try hub.client.exchange(Array(bytes.utf8))
                #expect(answer.status == status, "\(bytes.suffix(60)): \(answer.text)")
                check(answer)
            }
            // A body that ends too early is no request.
            let body = "{\"patientId\":\"\(DemoIDs.patients[0])\",\"urgencyLevel\":\"LOW\"}"
            let truncated = "\(head)\(json)Content-Length: \(body.utf8.count + 1)\r\n\r\n\(body)"
            do {
                let answer = try hub.client.exchange(Array(truncated.utf8), endsSending: true)
                #expect(answer.status == .badRequest)
            } catch {
                #expect(error == .closed)
            }
            try stillWorks(hub, alerts: before)
        }

        @Test("Paths, methods, ids and queries that do not exist are 404, 405 and 400")
        func targets() throws {
            let hub = try SharedHub.get()
            let staff = try hub.client(.admin)
            let wrong: [(HTTPMethod, String, HTTPStatus)] = [
                (.get, "/api/v1/nothing", .notFound), (.get, "/api/v2/alerts", .notFound),
                (.get, "/api/v1/alerts/\(DemoIDs.nobody)", .notFound), (.get, "/api/v1/alerts/x", .notFound),
                (.get, "/api/v1/alerts/\(DemoIDs.nobody)/acknowledge", .methodNotAllowed),
                (.delete, "/api/v1/alerts", .methodNotAllowed), (.put, "/health/live", .methodNotAllowed),
                (.get, "/api/v1/alerts?limit=0", .badRequest), (.get, "/api/v1/alerts?limit=101", .badRequest),
                (.get, "/api/v1/alerts?limit=x", .badRequest), (.get, "/api/v1/alerts?limit=1&limit=2", .badRequest),
                (.get, "/api/v1/alerts?status=OPEN", .badRequest), (.get, "/api/v1/alerts?status=", .badRequest),
                (.get, "/api/v1/alerts?cursor=x", .badRequest), (.get, "/api/v1/alerts?sort=room", .badRequest),
                (.get, "/api/v1/alerts?assignedTo='; DROP TABLE alerts", .badRequest), (.get, "/ws", .upgradeRequired),
            ]
            for (method, target, status) in wrong {
                let answer = try staff.send(method, target)
                #expect(answer.status == status, "\(method) \(target): \(answer.text)")
                if status == .methodNotAllowed { #expect(answer.fields["Allow"] != nil) }
            }
        }

        @Test("A token that is missing, expired, forged, of another algorithm or of the wrong role is 401 or 403")
        func tokens() throws {
            let hub = try SharedHub.get()
            let before = try alertCount(hub)
            let good = hub.tokens.claims(.admissions)
            func changed(_ name: String, _ value: JSONValue?) throws -> String {
                var claims = good
                claims[name] = value
                return try hub.tokens.sign(claims)
            }
            let now = WallTime.now().secondsSince1970
            let valid = try hub.tokens.sign(good)
            let signature = String(valid.split(separator: ".")[2])
            let wrong: [(String, String?)] = [
                ("missing", nil), ("no token", "x"), ("two parts", "a.b"),
                ("expired", try changed("exp", .integer(now - 120))), ("no expiry", try changed("exp", nil)),
                ("not yet", try changed("nbf", .integer(now + 600))), ("issuer", try changed("iss", "somebody")),
                ("audience", try changed("aud", "somebody")), ("no clinic", try changed("clinic_id", nil)),
                ("bad clinic", try changed("clinic_id", "1")), ("role", try changed("role", "ROOT")),
                ("expiry as text", try changed("exp", "never")),
                ("forged", try hub.tokens.sign(good, secret: String(repeating: "x", count: 40))),
                ("none", hub.tokens.unsigned(good)), ("none, signed", hub.tokens.unsigned(good, signature: signature)),
                ("HS512", try hub.tokens.sign(good, header: #"{"alg":"HS512","typ":"JWT"}"#)),
                ("no algorithm", try hub.tokens.sign(good, header: #"{"typ":"JWT"}"#)),
                ("cut", String(valid.dropLast(3))), ("other claims", try otherClaims(hub, signature)),
                ("long", String(repeating: "a", count: 7_000)),
            ]
            for (what, token) in wrong {
                let answer = try hub.client.bearing(token).post("/api/v1/alerts", newAlert())
                #expect(answer.status == .unauthorized, "\(what): \(answer.text)")
                #expect(answer.fields["WWW-Authenticate"]?.hasPrefix("Bearer") == true, "\(what)")
                check(answer)
            }
            let forbidden: [(Role, HTTPMethod, String, JSONValue?)] = [
                (.corporateAdmin, .post, "/api/v1/alerts", newAlert()),
                (.admissions, .patch, "/api/v1/alerts/\(DemoIDs.nobody)/acknowledge", nil),
                (.admin, .patch, "/api/v1/alerts/\(DemoIDs.nobody)/acknowledge", nil),
                (.corporateAdmin, .post, "/api/v1/alerts/\(DemoIDs.nobody)/escalate", nil),
                (.corporateAdmin, .patch, "/api/v1/patients/\(DemoIDs.patients[0])/status", ["status": "DISCHARGED"]),
            ]
            for (role, method, target, body) in forbidden {
                let answer = try hub.client(role).send(method, target, body)
                #expect(answer.status == .forbidden, "\(role) \(target)")
                #expect(answer.text.contains(role.rawValue))
            }
            try stillWorks(hub, alerts: before)
        }

        /// A good signature under claims that it was not made for.
        private func otherClaims(_ hub: HubProcess, _ signature: String) throws -> String {
            let parts = try hub.tokens.token(.admin).split(separator: ".")
            return "\(parts[0]).\(parts[1]).\(signature)"
        }

        /// The error is a problem document, and tells nothing of the inside.
        private func check(_ answer: HTTPResponse) {
            #expect(answer.fields["Content-Type"] == "application/problem+json", "\(answer.text)")
            #expect(answer.json["status"] == .integer(Int64(answer.status.rawValue)))
            #expect(answer.json["detail"]?.stringValue?.isEmpty == false)
            for word in ["postgres", "SELECT", "INSERT", ".swift", "0x", "JSONFieldError", "fatal"] {
                #expect(!answer.text.contains(word), "\(answer.text)")
            }
        }

        private func alertCount(_ hub: HubProcess) throws -> Int {
            try #require(try hub.sql(.superuser).query("SELECT count(*) AS n FROM alerts").first).int("n")
        }

        /// The hub lives, has no alert more than before, and takes a good one.
        private func stillWorks(_ hub: HubProcess, alerts before: Int) throws {
            #expect(try alertCount(hub) == before)
            _ = try hub.client(.admissions).raise()
            #expect(try hub.client.get("/health/ready").status == .ok)
        }
    }
}
