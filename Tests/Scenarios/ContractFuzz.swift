import Clinic
import Database
import Glibc
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// `Tests/ContractFuzz` lets schemathesis make up requests for every operation of `openapi.yaml` and sends each as every
    /// role, as a program with an API key, and as nobody.
    @Suite("The contract, fuzzed")
    struct ContractFuzz {
        @Test(
            "No made-up request of any role gets a 5xx, an undocumented status, field or form, or a row of another clinic"
        )
        func everyOperation() throws {
            var options = HubProcess.Options()
            // Everybody sends as fast as they can, from one address.
            options.configuration = """
                limits: {
                    handshakesPerSecondPerAddress: 100000, messagesPerSecondPerAddress: 1000000,
                    messagesPerSecondPerUser: 1000000, messagesPerSecondPerClinic: 1000000,
                },
                retention: { patientDays: 0 }
                """
            let hub = try HubProcess(options)
            defer { hub.end() }
            let own = try Tenant(hub, word: "own")
            let foreign = try Tenant(hub, word: "zqforeign")
            let spare = try own.moreThings(hub, word: "spare")
            let elsewhere = try Tenant(hub, word: "elsewhere")

            let aims = try aims(own, elsewhere: elsewhere)

            var world = JSONWriter()
            world.object { json in
                json.field("url", "http://127.0.0.1:\(hub.port)")
                json.field(
                    "tokens",
                    object: { json in
                        for (role, client) in own.clients { json.field(role.rawValue, client.token) }
                        json.field("API_KEY", try? key(of: own))
                    })
                json.field("own", object: { write(own.things, to: &$0) })
                json.field("spare", object: { write(spare, to: &$0) })
                json.field("foreign", object: { write(foreign.things, to: &$0) })
                json.field(
                    "aims",
                    object: { json in
                        for (operation, aim) in aims {
                            json.field(operation, object: { $0.field(aim.kind, aim.id) })
                        }
                    })
                let marks = (try? self.marks(of: foreign, not: own, hub)) ?? []
                json.field("foreignMarks", array: { json in for mark in marks { json.value(.string(mark)) } })
            }
            let file = "\(hub.dataDirectory)/fuzz.json"
            try HubProgram.write(world.text, to: file)
            let result = try HubProgram.run(
                "\(HubProgram.repository)/Tests/ContractFuzz/run", [file], environment: passedOn,
                within: .seconds(1_800))
            #expect(result.exitCode == 0, "\(result.output)\n\(result.errors)")
            print(result.output)
            #expect(hub.isRunning)
        }

        /// A key of the clinic that may do all that keys may.
        private func key(of tenant: Tenant) throws -> String? {
            let scopes = JSONValue.array(KeyScope.allCases.map { .string($0.rawValue) })
            let made = try tenant.clients[.admin]?.post("/api/v1/api-keys", ["name": "fuzz", "scopes": scopes])
            return made?.json["key"]?.stringValue
        }

        /// What an operation needs to find in a state of its own, by its name.
        private func aims(_ own: Tenant, elsewhere: Tenant) throws -> [String: (kind: String, id: String)] {
            let desk = try #require(own.clients[.admissions])
            let doctor = try #require(own.clients[.doctor])
            let left = try #require(
                try desk.post("/api/v1/patients", ["fullName": "Left Already"]).json["patientId"]?.stringValue)
            try #require(try desk.patch("/api/v1/patients/\(left)/status", ["status": "DISCHARGED"]).status == .ok)
            func alert() throws -> String {
                try desk.raise(
                    newAlert(
                        patient: own.ids["patients"] ?? "", assignedTo: own.users[.doctor] ?? "", urgency: "LOW")
                ).id
            }
            let accepted = try alert()
            // 409 until the engine has begun with an alert whose doctor has no proven contact.
            let isAccepted = try poll(within: .seconds(30)) {
                try doctor.patch("/api/v1/alerts/\(accepted)/acknowledge").status == .ok
            }
            try #require(isAccepted)
            let form = try desk.uploaded(try FormDrawing.image(of: SampleForm.series(1)[0]))
            try #require(try desk.processed(form)["status"] == "EXTRACTED")
            return [
                "erasePatient": ("patients", left), "unacceptAlert": ("alerts", accepted),
                "snoozeAlert": ("alerts", try alert()), "readFormFile": ("intake", form),
                "confirmForm": ("intake", form),
                // One that nobody here is signed in to.
                "changeClinic": ("clinics", elsewhere.clinic),
            ]
        }

        private func write(_ things: Tenant.Things, to json: inout JSONWriter) {
            for (name, id) in things.ids.merging(things.inner, uniquingKeysWith: { $1 }) { json.field(name, id) }
        }

        /// What no answer to the other clinic's people may hold: every id of the clinic's rows that is not in theirs too, and
        /// the word of its texts.
        private func marks(of tenant: Tenant, not other: Tenant, _ hub: HubProcess) throws -> [String] {
            let session = try hub.sql(.superuser)
            let tables = try session.query(
                """
                SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname = 'clinic_id'
                """)
            func ids(_ clinic: String) throws -> Set<String> {
                var ids: Set<String> = []
                for table in tables {
                    let name = try table.string("name")
                    let found = try session.query(
                        """
                        SELECT DISTINCT match[1] AS id
                        FROM \(name) t, regexp_matches(t::text, '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g') match
                        WHERE clinic_id = $1
                        """, [.text(clinic)])
                    for row in found { ids.insert(try row.string("id")) }
                }
                return ids
            }
            let marks = try ids(tenant.clinic).subtracting(ids(other.clinic))
            try #require(marks.isSuperset(of: [tenant.clinic] + tenant.users.values))
            return [tenant.word] + marks.sorted()
        }

        /// What the script may want of the environment to reach PyPI, and how long it is to fuzz.
        private var passedOn: [String] {
            let names = [
                "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE",
                "HOME",
                "CONTRACT_FUZZ_EXAMPLES", "CONTRACT_FUZZ_SEED",
            ]
            return names.compactMap { name in unsafe getenv(name).map { unsafe "\(name)=\(String(cString: $0))" } }
        }
    }
}
