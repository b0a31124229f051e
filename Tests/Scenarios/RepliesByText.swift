import Clinic
import Cryptography
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Replies by text")
    struct RepliesByText {
        /// A hub whose texts leave through one vendor's gateway, which runs as a process of its own.
        private final class Stage {
            let hub: HubProcess
            let gateway: GatewayProcess
            private let vendor: String
            private var lastText = 0

            init(_ vendor: String) throws {
                self.vendor = vendor
                let token = Base64.encodeURL(SecureRandom.bytes(24))
                gateway = try GatewayProcess(token: token)
                let telnyxKey = try #require(PrivateKey(ed25519Seed: SHA256.hash(Array("telnyx:\(token)".utf8))))
                var options = HubProcess.Options(database: try ScratchPostgres.migrated())
                options.environment = [
                    "TWILIO_AUTH_TOKEN=\(token)", "TELNYX_API_KEY=\(token)", "VONAGE_API_SECRET=\(token)",
                    "VONAGE_SIGNATURE_SECRET=\(token)",
                ]
                let base = #"enabled: true, fromNumber: "+15005550006", baseURL: "http://127.0.0.1:\#(gateway.port)""#
                let others = [
                    "telnyx": #"publicKey: "\#(Base64.encode(telnyxKey.publicKey.ed25519Bytes ?? []))""#,
                    "vonage": #"account: "key""#,
                ]
                // Demo mode brings a gateway of Twilio's where none is configured; beside another vendor it fails.
                options.configuration = """
                    gateways: {
                        twilio: { \(base), weight: 1, accountSid: "AC\(String(repeating: "0", count: 32))" },
                        \(others[vendor].map { "\(vendor): { \(base), weight: 100, \($0) }," } ?? "")
                    }
                    """
                if vendor != "twilio" {
                    try gateway.fail(["rules": [["gateway": "twilio", "behaviour": "serverError"]]])
                }
                hub = try HubProcess(options)
                try hub.useFastPolicy(firstWait: 3_600)
            }

            func end() {
                hub.end()
                gateway.end()
            }

            /// The texts so far to a number that hold these words.
            func texts(to number: String, _ words: String) -> [String] {
                gateway.entries.filter { $0.isTaken && $0.to == number && $0.body.contains(words) }.map(\.body)
            }

            /// Sends a reply as somebody would type it; the hub's status.
            func reply(_ text: String, from phone: String = DemoIDs.doctorPhone, id: String? = nil) throws -> String {
                lastText += 1
                let id = id ?? Hex.encode(Array(SHA256.hash(Array("\(lastText)".utf8)).prefix(16)))
                let answer = try gateway.client.post(
                    "/inbound",
                    [
                        "gateway": .string(vendor), "from": .string(phone), "text": .string(text), "id": .string(id),
                        "url": .string("http://127.0.0.1:\(hub.port)/gateways/\(vendor)/inbound"),
                    ])
                return answer.json["answer"]?.stringValue ?? answer.text
            }

            func raise() throws -> RaisedAlert {
                let alert = try hub.client(.admissions).raise()
                try #require(poll(within: .seconds(30)) { !texts(to: DemoIDs.doctorPhone, alert.code).isEmpty })
                return alert
            }

            func status(_ alert: RaisedAlert) throws -> String? {
                try hub.client(.doctor).alert(alert.id)["status"]?.stringValue
            }
        }

        @Test(
            "1, 2 and 3 with the code act once as the phone's owner, who is told; wrong codes lock; STOP is an alarm",
            arguments: ["twilio", "telnyx", "vonage"])
        func replies(vendor: String) throws {
            let stage = try Stage(vendor)
            defer { stage.end() }
            let screen = Screen(stage.hub)
            try screen.connect()
            let first = try stage.raise()
            let invitation = try #require(stage.texts(to: DemoIDs.doctorPhone, first.code).first)
            #expect(invitation.contains("Reply 1 \(first.code) accept, 2 \(first.code) pass."))
            #expect(invitation.utf8.count <= 160)

            // From somebody else's phone, and without a code, nothing happens.
            _ = try stage.reply("1 \(first.code)", from: "+15005550199")
            _ = try stage.reply("yes please")
            #expect(try stage.status(first) != "ACKNOWLEDGED")

            let id = String(repeating: "7", count: 32)
            for _ in 0..<3 { _ = try stage.reply("1 \(first.code.lowercased())", id: id) }
            #expect(try stage.status(first) == "ACKNOWLEDGED")
            let story = try #require(try stage.hub.client(.doctor).alert(first.id)["timeline"]?.arrayValue)
            let accepted = story.filter { $0["kind"] == "ACKNOWLEDGED" }
            #expect(accepted.count == 1 && accepted.first?["way"] == "TEXT")
            #expect(accepted.first?["userId"]?.stringValue == DemoIDs.doctor)
            // Twilio takes the words in its callback's answer; by the others they are a text of their own.
            if vendor != "twilio" {
                #expect(poll(within: .seconds(30)) { !stage.texts(to: DemoIDs.doctorPhone, "accepted by you").isEmpty })
                #expect(stage.texts(to: DemoIDs.doctorPhone, "\(first.code) accepted by you").count == 1)
            }
            _ = try stage.reply("3 \(first.code)")
            #expect(try stage.hub.client(.doctor).timeline(first.id).contains { $0.kind == "WORKING_ON_IT" })

            let second = try stage.raise()
            _ = try stage.reply("2 \(second.code)")
            #expect(try stage.status(second) == "ESCALATED")
            #expect(poll(within: .seconds(30)) { !stage.texts(to: DemoIDs.backupPhone, second.code).isEmpty })

            // Five wrong codes: then not even the right one counts, and the admins are told.
            let third = try stage.raise()
            for number in 0..<5 { _ = try stage.reply("1 0000\(number)") }
            _ = try stage.reply("1 \(third.code)")
            #expect(try stage.status(third) != "ACKNOWLEDGED")
            let locked = try screen.read {
                $0["event"] == "operator:notice" && $0["data"]?["kind"] == "REPLIES_LOCKED"
            }
            #expect(locked["data"]?["userId"]?.stringValue == DemoIDs.doctor)

            _ = try stage.reply("STOP")
            let stopped = try screen.read {
                $0["event"] == "operator:notice" && $0["data"]?["kind"] == "CONTACT_OPTED_OUT"
            }
            #expect(stopped["data"]?["userId"]?.stringValue == DemoIDs.doctor)
            // Who cannot be reached any more is not waited for.
            #expect(try poll(within: .seconds(10)) { try stage.status(third) == "ESCALATED" })
            #expect(!stage.hub.log.contains(DemoIDs.doctorPhone))
        }
    }
}
