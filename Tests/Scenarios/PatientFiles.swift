import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// What a patient may ask for: the file, and to be forgotten.
    @Suite("Patients' files")
    struct PatientFiles {
        private func register(_ hub: HubProcess, _ name: String) throws -> String {
            let answer = try hub.client(.admissions).post(
                "/api/v1/patients",
                ["fullName": .string(name), "dateOfBirth": "1980-02-29", "insuranceId": "INS-77", "ssn": "123-45-6789"])
            return try #require(answer.json["patientId"]?.stringValue)
        }

        @Test(
            "The file holds the patient, alerts, orders and who saw it; it is an administrator's to hand over, and audited"
        )
        func file() throws {
            let hub = try SharedHub.get()
            let patient = try register(hub, "F. File")
            let alert = try hub.client(.admissions).raise(newAlert(patient: patient))
            #expect(try hub.client(.doctor).get("/api/v1/patients/\(patient)").status == .ok)
            let path = "/api/v1/patients/\(patient)/export"
            let answer = try hub.client(.admin).get(path)
            #expect(answer.status == .ok)
            #expect(Contract.validate(answer.body, status: 200, to: "GET", "/api/v1/patients/{id}/export") == [])
            #expect(answer.json["patient"]?["fullName"] == "F. File")
            #expect(answer.json["alerts"]?.arrayValue?.first?["alertId"] == .string(alert.id))
            let actions = answer.json["accesses"]?.arrayValue?.compactMap { $0["action"]?.stringValue } ?? []
            #expect(Set(actions).isSuperset(of: ["CREATE_PATIENT", "READ_PATIENT", "EXPORT_PATIENT"]))
            for role in Role.allCases where role != .admin {
                #expect(try hub.client(role).get(path).status == .forbidden)
            }
        }

        @Test(
            "An erased patient's name, birthday and numbers are in no table; times and acts stay, and the chain is whole"
        )
        func erase() throws {
            var options = HubProcess.Options()
            options.configuration = "retention: { patientDays: 30 }, intake: { concurrentReadings: 0 }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            let patient = try register(hub, "E. Erase")
            let staff = try hub.client(.admissions)
            let admin = try hub.client(.admin)
            let alert = try staff.raise(newAlert(patient: patient))
            let image = try FormDrawing.image(of: SampleForm.series(1, legible: true)[0])
            let uploaded = try staff.upload(image, patient: patient)
            let form = try #require(uploaded.json["formId"]?.stringValue)
            let other = try staff.uploaded(image)
            let path = "/api/v1/patients/\(patient)"
            #expect(try staff.send(.delete, path).status == .forbidden)
            let open = try admin.send(.delete, path)
            #expect(open.status == .conflict)
            #expect(Contract.validate(open.body, status: 409, to: "DELETE", "/api/v1/patients/{id}") == [])
            #expect(try staff.patch("\(path)/status", ["status": "DISCHARGED"]).status == .ok)
            #expect(try admin.send(.delete, path).status == .conflict, "the alert is open")
            #expect(try admin.post("/api/v1/alerts/\(alert.id)/close", ["reason": "HANDLED"]).status == .ok)
            #expect(try admin.send(.delete, path).json["detail"]?.stringValue?.contains("30 days") == true)
            let session = try hub.sql(.superuser)
            _ = try session.query(
                "UPDATE patients SET discharged_at = now() - interval '31 days' WHERE id = $1", [.text(patient)])
            let before = try session.query(
                "SELECT full_name FROM patients WHERE id = $1", [.text(patient)])[0].bytes("full_name")
            for _ in 0..<2 { #expect(try admin.send(.delete, path).status == .noContent) }
            let scans = try HubProgram.run("/usr/bin/find", ["\(hub.dataDirectory)/intake", "-name", "*.sealed"])
            #expect(scans.output.contains(other) && !scans.output.contains(form), "\(scans.output)")
            #expect(try staff.get("/api/v1/intake/\(form)/file").status == .notFound)
            #expect(try staff.get("/api/v1/intake/\(other)/file").body == image)
            let row = try session.query("SELECT * FROM patients WHERE id = $1", [.text(patient)])[0]
            #expect(try row.optionalBytes("date_of_birth") == nil)
            #expect(try row.optionalBytes("insurance_id") == nil)
            #expect(try row.optionalString("ssn_hash") == nil)
            #expect(try row.optionalTimestamp("erased_at") != nil)
            let copies = try session.query(
                "SELECT FROM clinic_events WHERE patient_name = $1 AND patient_id = $2",
                [.bytes(before), .text(patient)])
            #expect(copies.count == 0)
            #expect(try staff.get(path).json["fullName"] == "(erased)")
            #expect(try staff.alert(alert.id)["status"] == "CLOSED")
            let told = try session.query(
                "SELECT FROM audit_logs WHERE action = 'ERASE_PATIENT' AND target_id = $1", [.text(patient)])
            #expect(told.count >= 1)
            #expect(try HubProgram.run(["audit", "verify", "--data", hub.dataDirectory]).exitCode == 0)
            #expect(try admin.send(.delete, "/api/v1/patients/\(DemoIDs.nobody)").status == .notFound)
        }
    }
}
