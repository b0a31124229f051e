import Clinic
import Database
import Foundation
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Scanned forms, from the upload to the patient")
    struct IntakeForms {
        @Test(
            "Drawn forms are read, emergencies alert, doubtful ones wait for a person, and no card number is kept in clear"
        )
        func forms() throws {
            var options = HubProcess.Options()
            options.configuration = "intake: { concurrentReadings: 2 }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let desk = try hub.client(.admissions)
            let screen = Screen(hub)
            try screen.connect()
            let forms = SampleForm.series(12)
            var ids: [String] = []
            for form in forms { ids.append(try desk.uploaded(try FormDrawing.image(of: form))) }
            let results = try ids.map { try desk.processed($0) }
            for (form, result) in zip(forms, results) where form.scan != .poor {
                #expect(result["status"] == "EXTRACTED", "\(form)")
                #expect(result["isEmergency"]?.boolValue == form.isEmergency, "\(form): \(result)")
                #expect((result["alertId"]?.stringValue != nil) == form.isEmergency, "\(form)")
                #expect(result["panDetected"]?.boolValue == (form.cardNumber != nil), "\(form): \(result)")
                if form.isIncomplete { #expect(result["requiresReview"] == true, "\(form)") }
            }
            for (form, result) in zip(forms, results) where form.scan == .poor {
                #expect(result["requiresReview"] == true, "\(form): \(result)")
            }

            // Each form is told once, and each emergency is an alert on the screens.
            var told: Set<String> = []
            while told.count < forms.count {
                let event = try screen.read { $0["event"] == "intake:processed" }
                #expect(told.insert(try #require(event["data"]?["formId"]?.stringValue)).inserted)
            }
            #expect(told == Set(ids))
            let raised = screen.events.filter { $0["event"] == "alert:new" }
            #expect(raised.count == results.count { $0["isEmergency"] == true })
            #expect(raised.allSatisfy { $0["data"]?["patientName"]?.stringValue?.hasPrefix("Unconfirmed") == true })

            // Nothing of the machine's is a patient's yet.
            let server = try hub.sql(.superuser)
            let patients = "SELECT count(*) AS n FROM patients WHERE upload_id IS NOT NULL"
            #expect(try server.query(patients)[0].int("n") == 0)
            try review(hub, desk, forms, ids)

            let search = CardSearch(hub, numbers: forms.compactMap(\.cardNumber))
            #expect(search.numbers.count >= 3)
            _ = try server.query("CHECKPOINT")
            let columns = try search.columns()
            #expect(columns.found == [] && columns.searched > 200)
            #expect(try search.files() == [])
            for form in forms { #expect(!hub.log.contains(form.fullName)) }
        }

        /// A person approves what the machine read of the first form that it read for certain.
        private func review(_ hub: HubProcess, _ desk: HTTPClient, _ forms: [SampleForm], _ ids: [String]) throws {
            let queue = try desk.get("/api/v1/intake/review-queue?include=all")
            #expect(
                Contract.validate(queue.body, status: 200, to: "GET", "/api/v1/intake/review-queue") == [],
                "\(queue.text)")
            let items = try #require(queue.json["forms"]?.arrayValue)
            #expect(Set(items.compactMap { $0["formId"]?.stringValue }) == Set(ids))
            #expect(items.first?["isEmergency"] == true)
            let asked = try #require(try desk.get("/api/v1/intake/review-queue").json["forms"]?.arrayValue)
            #expect(asked.allSatisfy { $0["requiresReview"] == true })
            #expect(!asked.isEmpty && asked.count < items.count)

            let (form, id) = (forms[1], ids[1])
            let item = try #require(items.first { $0["formId"] == .string(id) })
            let fields = try #require(item["fields"]?.arrayValue)
            func value(_ name: String) -> JSONValue? { fields.first { $0["name"] == .string(name) }?["value"] }
            #expect(value("fullName") == .string(form.fullName))
            #expect(value("dateOfBirth") == .string(form.dateOfBirth))
            let file = try desk.get("/api/v1/intake/\(id)/file")
            #expect(file.status == .ok)
            #expect(try file.body == FormDrawing.image(of: form))

            let body: JSONValue = [
                "decision": "APPROVED", "fullName": .string(form.fullName), "dateOfBirth": .string(form.dateOfBirth),
            ]
            let card: JSONValue = [
                "decision": "APPROVED", "fullName": "Ann", "notes": "paid with 4111-1111-1111-1111",
            ]
            #expect(try desk.patch("/api/v1/intake/\(id)/confirm", card).status == .unprocessableContent)
            let approved = try desk.patch("/api/v1/intake/\(id)/confirm", body)
            #expect(approved.status == .ok, "\(approved.text)")
            #expect(
                Contract.validate(approved.body, status: 200, to: "PATCH", "/api/v1/intake/{id}/confirm") == [])
            let patient = try #require(approved.json["patientId"]?.stringValue)
            #expect(try desk.get("/api/v1/patients/\(patient)").json["fullName"] == .string(form.fullName))
            let alert = try #require(try desk.form(id)["alertId"]?.stringValue)
            #expect(try desk.alert(alert)["patientId"] == .string(patient))
            #expect(try desk.patch("/api/v1/intake/\(id)/confirm", body).status == .conflict)
        }

        @Test("An upload is answered by the contract, refused by its content, and given once for its key")
        func uploads() throws {
            let hub = try SharedHub.get()
            let desk = try hub.client(.admissions)
            let image = try FormDrawing.image(of: SampleForm.series(1)[0])
            let path = "/api/v1/intake/upload"
            func check(_ answer: HTTPResponse, _ status: HTTPStatus, _ kind: String? = nil) {
                #expect(answer.status == status, "\(answer.text)")
                #expect(Contract.validate(answer.body, status: Int(status.rawValue), to: "POST", path) == [])
                if let kind { #expect(answer.json["type"]?.stringValue?.hasSuffix(kind) == true, "\(answer.text)") }
            }
            let first = try desk.upload(image, key: "scan-1")
            check(first, .created)
            let again = try desk.upload(image, key: "scan-1")
            check(again, .created)
            #expect(again.fields["Idempotency-Replayed"] == "true")
            #expect(again.json["formId"] == first.json["formId"])
            check(try desk.upload(image + [0], key: "scan-1"), .conflict, "idempotency-conflict")
            check(try desk.upload(Array("MZ no image at all".utf8)), .unsupportedMediaType, "unsupported-file")
            check(try desk.upload(image, type: .png), .unsupportedMediaType, "unsupported-file")
            check(try desk.upload([]), .unsupportedMediaType, "unsupported-file")
            check(try desk.upload(image, patient: DemoIDs.otherPatient), .unprocessableContent)
            check(try desk.upload(image, patient: "x"), .unprocessableContent)
            check(try desk.post(path, ["file": "x"]), .unsupportedMediaType, "malformed-form")
            check(try desk.send(.post, path), .badRequest, "malformed-form")
            check(try hub.client(.doctor).upload(image), .forbidden)
            check(try hub.client.upload(image), .unauthorized)
            let large = [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 0, count: 21 << 20)
            check(try desk.upload(large), .contentTooLarge)

            // Nothing remains of what was refused.
            let directory = "\(hub.dataDirectory)/intake/\(DemoIDs.clinic)"
            let count = try hub.sql(.superuser).query(
                "SELECT count(*) AS n FROM uploads WHERE clinic_id = $1", [.text(DemoIDs.clinic)])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == count[0].int("n"))

            let id = try #require(first.json["formId"]?.stringValue)
            let other = try hub.client(.admissions, clinic: DemoIDs.otherClinic)
            let attempts: [(HTTPMethod, String, JSONValue?)] = [
                (.get, "status", nil), (.get, "file", nil),
                (.patch, "confirm", ["decision": "REJECTED"]),
            ]
            for (method, target, body) in attempts {
                let answer = try other.send(method, "/api/v1/intake/\(id)/\(target)", body)
                let unknown = try other.send(method, "/api/v1/intake/\(DemoIDs.nobody)/\(target)", body)
                #expect(answer.status == .notFound && answer.body == unknown.body, "\(target)")
            }
        }

        @Test("Where the reader is missing the hub is ready, forms wait, and the operator is told; then they are read")
        func withoutReader() throws {
            let program = "/tmp/alert-hub-test-reader-\(UInt32.random(in: 0...UInt32.max))"
            defer { unlink(program) }
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.configuration = "intake: { ocr: { program: \"\(program)\" } }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            let (desk, admin) = (try hub.client(.admissions), try hub.client(.admin))
            let form = SampleForm.series(2)[1]
            let id = try desk.uploaded(try FormDrawing.image(of: form))
            var queues = JSONValue.null
            let isTold = try poll(within: .seconds(15)) {
                queues = try admin.get("/api/v1/queues").json
                return queues["queues"]?[0]?["obstacle"]?.stringValue?.contains(program) == true
            }
            #expect(isTold, "\(queues)")
            #expect(queues["queues"]?[0]?["waiting"] == 1)
            #expect(try hub.client.get("/health/ready").status == .ok)
            #expect(try desk.form(id)["status"] == "UPLOADED")
            let notices = try poll(within: .seconds(10)) {
                try admin.get("/api/v1/reachability").text.contains("INTAKE_READER_MISSING")
            }
            #expect(notices)

            #expect(symlink("/usr/bin/tesseract", program) == 0)
            #expect(try desk.processed(id)["status"] == "EXTRACTED")
            let isCleared = try poll(within: .seconds(10)) {
                try !admin.get("/api/v1/reachability").text.contains("INTAKE_READER_MISSING")
            }
            #expect(isCleared)
        }
    }
}
