import Clinic
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Two gateways")
    struct TwoGateways {
        /// A hub with two local gateways, Twilio's dialect and Telnyx', each a process of its own.
        private final class Stage {
            let hub: HubProcess
            private let gateways: GatewayPair

            var twilio: GatewayProcess { gateways.twilio }
            var telnyx: GatewayProcess { gateways.telnyx }

            init() throws {
                gateways = try GatewayPair()
                var options = HubProcess.Options(database: try ScratchPostgres.migrated())
                options.environment = gateways.environment
                options.configuration = gateways.configuration(twilioWeight: 100)
                hub = try HubProcess(options)
                try hub.useFastPolicy(firstWait: 3_600)
            }

            func end() {
                hub.end()
                gateways.end()
            }

            func attempts(_ alert: RaisedAlert) throws -> [JSONValue] {
                try hub.client(.admissions).alert(alert.id)["attempts"]?.arrayValue ?? []
            }
        }

        @Test("What one gateway fails to answer goes out through the other at once, and its signed report counts")
        func failover() throws {
            let stage = try Stage()
            defer { stage.end() }
            try stage.twilio.fail(["rules": [["behaviour": "serverError"]]])
            let staff = try stage.hub.client(.admissions)
            var codes: Set<String> = []
            for _ in 0..<8 {
                let alert = try staff.raise()
                #expect(try poll(within: .seconds(30)) { try staff.alert(alert.id)["status"] == "DELIVERED" })
                let attempts = try stage.attempts(alert)
                #expect(attempts.last?["gateway"] == "telnyx" && attempts.last?["state"] == "DELIVERED")
                // Never the same one twice in a row.
                let names = attempts.compactMap { $0["gateway"]?.stringValue }
                #expect(zip(names, names.dropFirst()).allSatisfy { $0 != $1 })
                codes.insert(alert.code)
            }
            let taken = stage.telnyx.entries.filter(\.isTaken)
            #expect(codes.allSatisfy { code in taken.contains { $0.body.contains(code) } })
            let health = try stage.hub.client(.admin).get("/api/v1/gateways")
            #expect(Contract.validate(health.body, status: 200, to: "GET", "/api/v1/gateways") == [])
            let gateways = try #require(health.json["gateways"]?.arrayValue)
            #expect(gateways.first { $0["name"] == "twilio" }?["state"] != "WORKING")
            #expect(gateways.first { $0["name"] == "telnyx" }?["state"] == "WORKING")
            #expect(try staff.get("/api/v1/gateways").status == .forbidden)
            let metrics = try stage.hub.client.get("/metrics").text
            #expect(metrics.contains(#"alert_hub_gateway_up{gateway="twilio"} 0"#))
        }

        @Test("A message that nobody could send is a dead letter: listed for its clinic, replayed on request, once")
        func deadLetters() throws {
            let stage = try Stage()
            defer { stage.end() }
            let broken: JSONValue = ["rules": [["to": .string(DemoIDs.doctorPhone), "behaviour": "invalidNumber"]]]
            for gateway in [stage.twilio, stage.telnyx] { try gateway.fail(broken) }
            let alert = try stage.hub.client(.admissions).raise()
            let admin = try stage.hub.client(.admin)
            let path = "/api/v1/dead-letters"
            #expect(
                try poll(within: .seconds(30)) { try admin.get(path).json["deadLetters"]?.arrayValue?.isEmpty == false }
            )
            let page = try admin.get(path)
            #expect(Contract.validate(page.body, status: 200, to: "GET", path) == [])
            let letter = try #require(page.json["deadLetters"]?[0])
            #expect(letter["alertId"] == .string(alert.id) && letter["userId"] == .string(DemoIDs.doctor))
            let id = try #require(letter["id"]?.stringValue)
            let other = try stage.hub.client(.admin, clinic: DemoIDs.otherClinic)
            #expect(try other.get(path).json["deadLetters"]?.arrayValue?.isEmpty == true)
            #expect(try other.post("\(path)/\(id)/replay", [:]).status == .notFound)
            #expect(try stage.hub.client(.doctor).get(path).status == .forbidden)
            for gateway in [stage.twilio, stage.telnyx] { try gateway.fail(["rules": []]) }
            let replayed = try admin.post("\(path)/\(id)/replay", [:])
            #expect(replayed.status == .accepted, "\(replayed.text)")
            #expect(Contract.validate(replayed.body, status: 202, to: "POST", "\(path)/{id}/replay") == [])
            #expect(try admin.post("\(path)/\(id)/replay", [:]).status == .conflict)
            #expect(
                poll(within: .seconds(30)) {
                    (stage.twilio.entries + stage.telnyx.entries).contains {
                        $0.isTaken && $0.to == DemoIDs.doctorPhone && $0.body.contains(alert.code)
                    }
                })
            #expect(try admin.get("\(path)?limit=0").status == .badRequest)
            #expect(try admin.get("\(path)?cursor=x").status == .badRequest)
        }

        @Test(
            "A callback that comes before its attempt is known is kept, and counts when it is; replays change nothing")
        func replays() throws {
            let stage = try Stage()
            defer { stage.end() }
            try stage.twilio.fail(["rules": [["behaviour": "duplicateCallbacks"]]])
            try stage.telnyx.fail(["rules": [["behaviour": "duplicateCallbacks"]]])
            let staff = try stage.hub.client(.admissions)
            let alert = try staff.raise()
            #expect(try poll(within: .seconds(30)) { try staff.alert(alert.id)["status"] == "DELIVERED" })
            let story = try staff.timeline(alert.id).map(\.kind)
            #expect(story.filter { $0 == "DELIVERED" }.count == 1)
        }
    }
}
