import Clinic
import Cryptography
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// Patient data gets another key while the clinic works.
    @Suite("Another key for patient data")
    struct KeyChange {
        private func keyIDs(_ hub: HubProcess) throws -> Set<String> {
            let rows = try hub.sql(.superuser).query(
                """
                SELECT encode(substring(full_name FROM 2 FOR 4), 'hex') AS id FROM patients
                UNION SELECT encode(substring(insurance_id FROM 2 FOR 4), 'hex') FROM patients WHERE insurance_id IS NOT NULL
                UNION SELECT encode(substring(patient_name FROM 2 FOR 4), 'hex') FROM clinic_events
                    WHERE patient_name IS NOT NULL
                UNION SELECT encode(substring(decode(phone_e164, 'base64') FROM 2 FOR 4), 'hex') FROM users
                    WHERE phone_e164 IS NOT NULL
                UNION SELECT encode(substring(decode(address, 'base64') FROM 2 FOR 4), 'hex') FROM contact_methods
                    WHERE address <> ''
                UNION SELECT encode(substring(decode(address, 'base64') FROM 2 FOR 4), 'hex') FROM messages
                UNION SELECT encode(substring(decode(sealed, 'base64') FROM 2 FOR 4), 'hex') FROM (
                    SELECT original_filename FROM uploads UNION SELECT access_token FROM square_accounts
                    UNION SELECT parsed_json ->> 'sealed' FROM intake_forms
                    UNION SELECT suggestions_json ->> 'sealed' FROM extraction_results
                    UNION SELECT final_payload_json ->> 'sealed' FROM review_sessions
                ) s (sealed) WHERE sealed IS NOT NULL
                """)
            return Set(try rows.map { try $0.string("id") })
        }

        @Test("keys new, a restart and keys rotate beside the hub: names, numbers, silence and events are as before")
        func rotate() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            let staff = try hub.client(.admissions)
            let made = try staff.post(
                "/api/v1/patients", ["fullName": "K. Key", "dateOfBirth": "1980-02-29", "insuranceId": "INS-1"])
            let patient = try #require(made.json["patientId"]?.stringValue)
            let before = try staff.get("/api/v1/patients/\(patient)").json
            _ = try staff.raise(newAlert(patient: patient))
            let session = try hub.sql(.superuser)
            _ = try session.query(
                """
                UPDATE contact_methods SET opted_out_at = now(), opted_out_by = 'REPLY'
                WHERE user_id = $1 AND from_directory
                """, [.text(DemoIDs.backup)])
            let old = try keyIDs(hub)
            #expect(old.count == 1)
            let contacts = try hub.client(.admin).get("/api/v1/users/\(DemoIDs.doctor)/contact-methods").json

            // Not configured with a key: the data directory's is replaced, and the old one kept beside it.
            let new = try HubProgram.run(["keys", "new", "--data", hub.dataDirectory])
            #expect(new.exitCode == 0, "\(new.errors)")
            #expect(hub.stop() == 0)
            try hub.start()
            #expect(try staff.get("/api/v1/patients/\(patient)").json == before, "the old key opens")
            let mixed = try staff.post("/api/v1/patients", ["fullName": "L. Late"])
            #expect(mixed.status == .created)
            #expect(try keyIDs(hub).count == 2)

            // Beside a hub that works.
            let isDone = Locked(false)
            let worker = try EventLoop<Void>(name: "worker") { _ in }
            let failures = Locked<[String]>([])
            worker.post { _ in
                while !isDone.withLock({ $0 }) {
                    let answer = try? staff.get("/api/v1/patients/\(patient)")
                    if answer?.status != .ok || answer?.json != before {
                        failures.withLock { $0.append(answer?.text ?? "nothing") }
                    }
                }
            }
            let rotated = try HubProgram.run(["keys", "rotate", "--data", hub.dataDirectory])
            isDone.withLock { $0 = true }
            worker.stop()
            worker.join()
            #expect(rotated.exitCode == 0, "\(rotated.output) \(rotated.errors)")
            #expect(failures.withLock { $0 } == [])
            let now = try keyIDs(hub)
            #expect(now.count == 1)
            #expect(now.isDisjoint(with: old))
            #expect(try staff.get("/api/v1/patients/\(patient)").json == before)
            #expect(try hub.client(.admin).get("/api/v1/users/\(DemoIDs.doctor)/contact-methods").json == contacts)
            let silent = try hub.sql(.superuser).query(
                "SELECT opted_out_by FROM contact_methods WHERE user_id = $1 AND from_directory",
                [.text(DemoIDs.backup)])
            #expect(try silent.first?.optionalString("opted_out_by") == "REPLY")
            let again = try HubProgram.run(["keys", "rotate", "--data", hub.dataDirectory])
            #expect(again.output.contains("patients.full_name  sealed anew 0"))

            // Without the old key, as if it were lost, everything still opens.
            #expect(hub.stop() == 0)
            HubProgram.remove("\(hub.dataDirectory)/phi.key.retired-1")
            try hub.start()
            #expect(try staff.get("/api/v1/patients/\(patient)").json == before)
            let screen = Screen(hub)
            #expect(try screen.connect()["snapshot"]?.arrayValue?.isEmpty == false)
        }

        @Test(
            "Forms, their scans and Square's tokens are sealed anew too; ssn_hash stays, and a repeated upload is still the same"
        )
        func forms() throws {
            var options = HubProcess.Options()
            options.configuration = "square: { concurrentClinics: 0 }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            let desk = try hub.client(.admissions)
            let sample = SampleForm.series(2, legible: true)
            let images = try sample.map { try FormDrawing.image(of: $0) }
            let ids = [try desk.uploaded(images[0], key: "k-0"), try desk.uploaded(images[1], key: "k-1")]
            for id in ids { #expect(try desk.processed(id)["status"] == "EXTRACTED") }
            let approval: JSONValue = ["decision": "APPROVED", "fullName": "A. Approved", "ssn": "123-45-6789"]
            #expect(try desk.patch("/api/v1/intake/\(ids[0])/confirm", approval).status == .ok)
            let square = try HubProgram.run(
                ["admin", "square", "--clinic", DemoIDs.clinic, "--locations", "L1", "--data", hub.dataDirectory],
                environment: ["SQUARE_ACCESS_TOKEN=EAAA"])
            #expect(square.exitCode == 0, "\(square.errors)")
            let queue = try desk.get("/api/v1/intake/review-queue?include=all").json
            #expect(queue["forms"]?.arrayValue?.count == 1)
            let old = try keyIDs(hub)
            func rows(_ sql: String) throws -> Rows { try hub.sql(.superuser).query(sql) }
            let digest = try rows("SELECT ssn_hash FROM patients WHERE ssn_hash IS NOT NULL")[0].string(
                "ssn_hash")

            #expect(try HubProgram.run(["keys", "new", "--data", hub.dataDirectory]).exitCode == 0)
            #expect(hub.stop() == 0)
            try hub.start()
            // What was uploaded before the key was changed, once more.
            #expect(try desk.uploaded(images[0], key: "k-0") == ids[0])
            let rotated = try HubProgram.run(["keys", "rotate", "--data", hub.dataDirectory])
            #expect(rotated.exitCode == 0, "\(rotated.output) \(rotated.errors)")
            for line in [
                "uploads.original_filename  sealed anew 2", "intake_forms.parsed_json  sealed anew 2",
                "extraction_results.suggestions_json  sealed anew 2",
                "review_sessions.final_payload_json  sealed anew 1", "square_accounts.access_token  sealed anew 1",
                "scans of forms  sealed anew 2", "patients.ssn_hash  kept as they are 1",
            ] {
                #expect(rotated.output.contains(line), "\(line) in \(rotated.output)")
            }
            #expect(try keyIDs(hub).isDisjoint(with: old))
            let now = try rows("SELECT ssn_hash FROM patients WHERE ssn_hash IS NOT NULL")[0].string(
                "ssn_hash")
            #expect(now == digest)
            // What the rotation announced is settled; the file of the repetition is gone, and its announcement goes by its age.
            let unsettled = try rows("SELECT FROM announced_files a JOIN uploads u ON u.storage_key = a.storage_key")
            #expect(unsettled.count == 0)
            let again = try HubProgram.run(["keys", "rotate", "--data", hub.dataDirectory])
            #expect(again.exitCode == 0 && again.output.contains("scans of forms  sealed anew 0\n"), "\(again.output)")

            // The old key is gone for good.
            #expect(hub.stop() == 0)
            HubProgram.remove("\(hub.dataDirectory)/phi.key.retired-1")
            try hub.start()
            for (id, image) in zip(ids, images) {
                #expect(try desk.get("/api/v1/intake/\(id)/file").body == image)
            }
            #expect(try desk.get("/api/v1/intake/review-queue?include=all").json == queue)
            #expect(try desk.uploaded(images[1], key: "k-1") == ids[1])
        }

        @Test("keys come from a command, the current one first; one that fails or prints no key stops the start")
        func command() throws {
            let keys = [SecureRandom.bytes(32), SecureRandom.bytes(32)].map { Base64.encode($0) }
            var options = HubProcess.Options()
            options.configuration = "encryption: { keyCommand: [\"/bin/echo\", \"-e\", \"\(keys[0])\\\\n\(keys[1])\"] }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            #expect(try hub.client(.doctor).get("/api/v1/patients/\(DemoIDs.patients[0])").json["fullName"] == "J. Doe")
            let id = Hex.encode(Array(SHA256.hash(Base64.decode(keys[0]) ?? []).prefix(4)))
            #expect(try keyIDs(hub) == [id])
            for command in [#""/bin/false""#, #""/bin/echo", "short""#, #""/nonexistent""#] {
                let path = "/tmp/alert-hub-test-\(UInt64.random(in: 0...UInt64.max)).json5"
                try HubProgram.write("{ encryption: { keyCommand: [\(command)] } }", to: path)
                defer { HubProgram.remove(path) }
                let result = try HubProgram.run(["keys", "rotate", "--config", path, "--data", hub.dataDirectory])
                #expect(result.exitCode == 1)
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            }
        }
    }
}
