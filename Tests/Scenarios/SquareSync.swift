import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// The clinics' orders at Square: read, shown, and never written.
    @Suite("square-sync")
    struct SquareSync {
        private static let token = "EAAA-a-token-of-square"

        /// A hub whose Square is the local gateway beside it.
        private func start(_ settings: String = "") throws -> HubProcess {
            // A hub finds its own port, so Square is told where it is by a gateway of its own.
            var options = HubProcess.Options()
            options.configuration =
                "square: { baseURL: \"http://127.0.0.1:\(gateway.port)\", intervalSeconds: 1, pageOrders: 5 \(settings) }"
            return try HubProcess(options)
        }

        private let gateway: GatewayProcess

        init() throws { gateway = try GatewayProcess(token: "unused") }

        private func setSquare(_ members: JSONValue) throws {
            let answer = try gateway.client.send(.put, "/square", members)
            try #require(answer.status == .noContent, "\(answer.text)")
        }

        private func requests() throws -> [JSONValue] {
            try #require(try gateway.client.get("/square").json["requests"]?.arrayValue)
        }

        private func connect(_ hub: HubProcess, clinic: String = DemoIDs.clinic, _ locations: String) throws {
            let result = try HubProgram.run(
                ["admin", "square", "--clinic", clinic, "--locations", locations, "--data", hub.dataDirectory],
                environment: ["SQUARE_ACCESS_TOKEN=\(Self.token)"])
            #expect(result.exitCode == 0, "\(result.errors)")
        }

        private func order(
            _ id: Int, _ state: String, patient: String? = nil, location: String = "L1", cents: Int64 = 1_250
        ) -> JSONValue {
            var order: [(String, JSONValue)] = [
                ("id", .string("order-\(location)-\(id)")), ("location_id", .string(location)),
                ("state", .string(state)), ("version", 1),
                ("updated_at", .string(now.advanced(by: .milliseconds(id - 100_000)).rfc3339)),
                ("total_money", ["amount": .integer(cents), "currency": "USD"]),
            ]
            if let patient { order.append(("reference_id", .string(patient))) }
            var object = JSONObject()
            for (name, value) in order { object.append(name, value) }
            return .object(object)
        }

        private let now = Timestamp(microseconds: WallTime.now().microseconds)

        private func stats(_ hub: HubProcess, _ clinic: String = DemoIDs.clinic) throws -> JSONValue {
            let answer = try hub.client(.admin, clinic: clinic).get("/api/v1/dashboard/billing-stats")
            #expect(Contract.validate(answer.body, status: 200, to: "GET", "/api/v1/dashboard/billing-stats") == [])
            return answer.json
        }

        private func queue(_ hub: HubProcess) throws -> JSONValue {
            let answer = try hub.client(.admin).get("/api/v1/queues")
            #expect(Contract.validate(answer.body, status: 200, to: "GET", "/api/v1/queues") == [])
            return try #require(answer.json["queues"]?.arrayValue?.first { $0["name"] == "square-sync" })
        }

        /// Every request was a search with the version and the token, whatever else happened.
        private func expectSearchesAlone() throws {
            let all = try requests()
            #expect(!all.isEmpty)
            for request in all {
                #expect(request["method"] == "POST")
                #expect(request["path"] == "/v2/orders/search")
                #expect(request["version"] == "2025-01-23")
            }
        }

        @Test(
            "A clinic's orders of Square are in its patients' billing and its counts, and no other clinic's; a change follows"
        )
        func orders() throws {
            defer { gateway.end() }
            let hub = try start()
            defer { hub.end() }
            let patient = DemoIDs.patients[0]
            var orders = (1...12).map { order($0, "OPEN", patient: $0 <= 3 ? patient : nil) }
            orders += [order(20, "COMPLETED", patient: patient), order(21, "CANCELED"), order(22, "DRAFT")]
            orders.append(order(30, "OPEN", patient: patient, location: "L-other"))
            try setSquare(["token": .string(Self.token), "orders": .array(orders)])
            #expect(try stats(hub)["lastSyncedAt"] == .null)
            try connect(hub, "L1")
            try connect(hub, clinic: DemoIDs.otherClinic, "L-other,L3")
            #expect(try poll(within: .seconds(60)) { try stats(hub)["total"] == 14 })
            var shown = try stats(hub)
            #expect(shown["pending"] == 12 && shown["paid"] == 1 && shown["rejected"] == 1, "\(shown)")
            #expect(try poll(within: .seconds(60)) { try stats(hub, DemoIDs.otherClinic)["pending"] == 1 })
            let billing = try hub.client(.doctor).get("/api/v1/patients/\(patient)/billing")
            #expect(Contract.validate(billing.body, status: 200, to: "GET", "/api/v1/patients/{id}/billing") == [])
            let ids = Set(billing.json["orders"]?.arrayValue?.compactMap { $0["squareOrderId"]?.stringValue } ?? [])
            #expect(ids == ["order-L1-1", "order-L1-2", "order-L1-3", "order-L1-20"], "\(billing.text)")

            // Square changes one; the hub is told by nobody, and sees it at its next look.
            orders[0] = order(50, "COMPLETED", patient: patient)
            let changed = try #require(orders[0].objectValue)
            var object = JSONObject()
            for member in changed.members {
                object.append(member.name, member.name == "id" ? "order-L1-1" : member.value)
            }
            orders[0] = .object(object)
            try setSquare(["orders": .array(orders)])
            #expect(try poll(within: .seconds(60)) { try stats(hub)["paid"] == 2 })
            shown = try stats(hub)
            #expect(shown["pending"] == 11 && shown["total"] == 14)
            #expect(shown["lastSyncedAt"] != .null)
            #expect(try queue(hub)["obstacle"] == .null)

            let removed = try HubProgram.run(
                ["admin", "remove-square", "--clinic", DemoIDs.clinic, "--data", hub.dataDirectory])
            #expect(removed.exitCode == 0, "\(removed.errors)")
            #expect(try stats(hub)["total"] == 0)
            try expectSearchesAlone()
            #expect(!hub.log.contains(Self.token))
        }

        @Test(
            "Square's refusals: it rests as long as it is told, comes back after failures, and gives a refused token to people"
        )
        func failures() throws {
            defer { gateway.end() }
            let hub = try start()
            defer { hub.end() }
            try setSquare([
                "token": .string(Self.token), "orders": .array([order(1, "OPEN")]),
                "faults": [["status": 500], ["status": 503, "retryAfter": 1], ["status": 429, "retryAfter": 4]],
            ])
            try connect(hub, "L1")
            #expect(try poll(within: .seconds(60)) { try queue(hub)["obstacle"] == "ANSWERED_500" })
            #expect(try poll(within: .seconds(60)) { try queue(hub)["obstacle"] == "RATE_LIMITED" })
            let limited = MonotonicTime.now()
            let before = try requests().count
            #expect(try poll(within: .seconds(60)) { try stats(hub)["total"] == 1 })
            // It was told to rest four seconds; a little of them had passed when that was seen.
            #expect(limited.duration(to: .now()) > .seconds(2))
            #expect(before == 3)
            #expect(try queue(hub)["obstacle"] == .null)

            // The token is revoked at Square: no repetition helps, and none is made.
            try setSquare(["token": "EAAA-another"])
            #expect(try poll(within: .seconds(60)) { try queue(hub)["dead"] == 1 })
            #expect(try queue(hub)["obstacle"] == "ANSWERED_401")
            let refused = try requests().count { $0["isAuthorized"] == false }
            #expect(refused == 1)
            #expect(try stats(hub)["total"] == 1, "what is known is still shown")
            try setSquare(["token": .string(Self.token)])
            try connect(hub, "L1")
            #expect(try poll(within: .seconds(60)) { try queue(hub)["dead"] == 0 && stats(hub)["total"] == 1 })
            #expect(try requests().count { $0["isAuthorized"] == false } == 1)
            try expectSearchesAlone()
            #expect(!hub.log.contains(Self.token))
            for place in ["last_error FROM jobs", "access_token FROM square_accounts"] {
                for row in try hub.sql(.superuser).query("SELECT \(place) WHERE TRUE") {
                    #expect(!"\(row)".contains(Self.token))
                }
            }
        }

        @Test("A hub that is killed while it reads goes on where it was: no order is lost, none is there twice")
        func killed() throws {
            defer { gateway.end() }
            let hub = try start(", callSeconds: 5")
            defer { hub.end() }
            let orders = (1...60).map { order($0, "OPEN", patient: DemoIDs.patients[1]) }
            // Twelve pages, each of them slow, so that kills fall into the middle.
            try setSquare([
                "token": .string(Self.token), "orders": .array(orders),
                "faults": [["status": 200, "latencyMilliseconds": 150, "count": 200]],
            ])
            try connect(hub, "L1")
            let session = try hub.sql(.superuser)
            var reached: Int64 = 0
            for _ in 0..<3 {
                #expect(
                    try poll(within: .seconds(90)) {
                        try session.query("SELECT count(*) AS n FROM billing_display_cache")[0].int("n") > reached
                    })
                hub.kill()
                reached = Int64(try session.query("SELECT count(*) AS n FROM billing_display_cache")[0].int("n"))
                // Its lease would end by itself after a minute.
                _ = try session.query(
                    "UPDATE jobs SET lease_until = now() WHERE queue = 'square-sync' AND state = 'RUNNING'")
                try hub.start()
            }
            #expect(try poll(within: .seconds(90)) { try stats(hub)["pending"] == 60 })
            let ids = try session.query("SELECT count(DISTINCT square_order_id) AS n FROM billing_display_cache")
            #expect(try ids[0].int("n") == 60)
            #expect(try poll(within: .seconds(60)) { try queue(hub)["obstacle"] == .null })
            try expectSearchesAlone()
            // What was read before a kill was not read from the beginning again.
            let first = try #require(orders[0]["updated_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) })
            let starts = try requests().compactMap { request in
                let body = request["body"]?.stringValue.flatMap { try? JSONReader.readObject(Array($0.utf8)) }
                let range = body?["query"]?["filter"]?["date_time_filter"]?["updated_at"]
                return range?["start_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
            }
            #expect(starts.contains { $0 > first })
        }
    }
}
