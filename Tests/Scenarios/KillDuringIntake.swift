import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("kill -9 during intake")
    struct KillDuringIntake {
        private static let rounds = 6
        private static let formsARound = 4

        @Test("At whatever step the hub is killed, no upload is lost, none is read into two forms, alerts or patients")
        func anyStep() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("KillDuringIntake: seed \(seed)")
            var moments = SplitMix(state: seed)
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.configuration =
                "intake: { concurrentReadings: 2, retrySeconds: 0, leaseSeconds: 5, ocr: { seconds: 4 } }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let desk = try hub.client(.admissions)
            let forms = SampleForm.series(Self.formsARound, legible: true)
            let images = try forms.map { try FormDrawing.image(of: $0) }
            var ids: [String: String] = [:]

            for round in 0..<Self.rounds {
                let keys = images.indices.map { "round-\(round)-\($0)" }
                let answered = Locked<[String: String]>([:])
                // From the first byte of the first upload to well behind the last one's reading.
                let moment = Duration.milliseconds(Int64(moments.next() % 1_500))
                try concurrently(2) { index in
                    if index == 0 {
                        pause(moment)
                        hub.kill()
                        return
                    }
                    for (key, image) in zip(keys, images) {
                        guard let answer = try? desk.upload(image, key: key), answer.status == .created,
                            let id = answer.json["formId"]?.stringValue
                        else { continue }
                        answered.withLock { $0[key] = id }
                        // Some are approved while others come in.
                        if key.hasSuffix("0") { _ = try? approve(id, forms[0], desk) }
                    }
                }
                try hub.start()
                for (key, image) in zip(keys, images) {
                    let id = try desk.uploaded(image, key: key)
                    let before = answered.withLock { $0[key] }
                    #expect(before == nil || before == id, "seed \(seed), round \(round), \(key)")
                    ids[key] = id
                }
            }
            for (key, id) in ids {
                let result = try awaitRead(id, desk)
                #expect(["EXTRACTED", "VERIFIED"].contains(result), "seed \(seed), \(key): \(result)")
            }
            for (key, id) in ids {
                let index = try #require(key.last?.wholeNumberValue)
                #expect(try desk.get("/api/v1/intake/\(id)/file").body == images[index])
                try approveThroughKill(id, forms[index], hub, desk, mayKill: index == 2, &moments)
            }
            try count(hub, forms, Set(ids.values), "seed \(seed)")
        }

        private func awaitRead(_ id: String, _ desk: HTTPClient) throws -> String {
            var status = "?"
            _ = try poll(within: .seconds(60)) {
                status = try desk.form(id)["status"]?.stringValue ?? "?"
                return ["EXTRACTED", "VERIFIED", "ERROR"].contains(status)
            }
            return status
        }

        private func approve(_ id: String, _ form: SampleForm, _ desk: HTTPClient) throws -> HTTPResponse {
            try desk.patch(
                "/api/v1/intake/\(id)/confirm", ["decision": "APPROVED", "fullName": .string(form.fullName)])
        }

        /// Approves a form; some approvals are cut off by a kill, and are asked for again.
        private func approveThroughKill(
            _ id: String, _ form: SampleForm, _ hub: HubProcess, _ desk: HTTPClient, mayKill: Bool,
            _ moments: inout SplitMix
        ) throws {
            if mayKill {
                let moment = Duration.microseconds(Int64(moments.next() % 8_000))
                try concurrently(2) { index in
                    if index == 0 {
                        pause(moment)
                        hub.kill()
                    } else {
                        _ = try? approve(id, form, desk)
                    }
                }
                try hub.start()
            }
            let answer = try approve(id, form, desk)
            #expect(answer.status == .ok || answer.status == .conflict, "\(answer.text)")
            #expect(try desk.form(id)["status"] == "VERIFIED")
        }

        private func count(_ hub: HubProcess, _ forms: [SampleForm], _ ids: Set<String>, _ context: Comment) throws {
            let whole = Self.rounds * Self.formsARound
            let emergencies = forms.count { $0.isEmergency } * Self.rounds
            #expect(ids.count == whole)
            let row = try hub.sql(.superuser).query(
                """
                SELECT (SELECT count(*) FROM uploads) AS uploads, (SELECT count(*) FROM intake_forms) AS forms,
                    (SELECT count(*) FROM extraction_results) AS results,
                    (SELECT count(*) FROM review_sessions) AS reviews,
                    (SELECT count(*) FROM patients WHERE upload_id IS NOT NULL) AS patients,
                    (SELECT count(*) FROM alerts) AS alerts,
                    (SELECT count(*) FROM clinic_events WHERE type = 'intake:processed') AS told,
                    (SELECT count(*) FROM jobs WHERE state <> 'DONE') AS undone
                """)[0]
            for (name, expected) in [
                ("uploads", whole), ("forms", whole), ("results", whole), ("reviews", whole), ("patients", whole),
                ("told", whole), ("alerts", emergencies), ("undone", 0),
            ] {
                #expect(try row.int(name) == expected, "\(name), \(context)")
            }
        }
    }
}
