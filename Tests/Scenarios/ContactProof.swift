import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// A contact is proved by a code that its phone gets, and from then on it is paged with the others.
    @Suite("A contact is proved, paged and tested")
    struct ContactProof {
        private static let number = "+15005550777"
        private static let contacts = "/api/v1/users/\(DemoIDs.doctor)/contact-methods"

        @Test("The code comes as a text; the proved contact is paged, tested, and silent once it is opted out")
        func proof() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            var options = HubProcess.Options()
            options.gateway = gateway
            let hub = try HubProcess(options)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let doctor = try hub.client(.doctor)
            let admin = try hub.client(.admin)

            let made = try doctor.post(Self.contacts, ["kind": "SMS", "address": .string(Self.number)])
            try #require(made.status == .created, "\(made.text)")
            let id = try #require(made.json["contactId"]?.stringValue)
            let text = try #require(awaitText(gateway) { $0.body.contains("confirms this contact") })
            #expect(text.to == Self.number && !text.body.contains("Reyes"))
            let code = try #require(text.body.firstMatch(of: #/code (\d{6}) confirms/#)?.output.1)
            #expect(!hub.log.contains(code) && !hub.log.contains("5550777"))

            // Not proved, it is not used: the doctor's other number alone is paged.
            let first = try hub.client(.admissions).raise()
            _ = awaitText(gateway) { $0.to == DemoIDs.doctorPhone && $0.body.contains(first.code) }
            #expect(gateway.texts(to: Self.number, about: first.code).isEmpty)

            let proved = try doctor.post("\(Self.contacts)/\(id)/verify", ["code": .string(String(code))])
            #expect(proved.status == .ok && proved.json["verifiedAt"]?.stringValue != nil, "\(proved.text)")
            let again = try doctor.post("\(Self.contacts)/\(id)/verify", ["code": "000000"])
            #expect(again.status == .ok)
            let sealed = try hub.sql(.superuser).query("SELECT count(sealed_code) AS n FROM messages")
            #expect(try sealed.first?.int("n") == 0, "the code is erased once it was handed over")

            let second = try hub.client(.admissions).raise(newAlert(patient: DemoIDs.patients[1]))
            for phone in [Self.number, DemoIDs.doctorPhone] {
                #expect(awaitText(gateway) { $0.to == phone && $0.body.contains(second.code) } != nil, "\(phone)")
            }

            let run = try admin.post("/api/v1/reachability/test-page/run", ["userId": .string(DemoIDs.doctor)])
            #expect(run.status == .accepted && run.json["queued"] == 2, "\(run.text)")
            let test = try #require(awaitText(gateway) { $0.to == Self.number && $0.body.contains("weekly test") })
            #expect(try gateway.call(hub.client, test, "delivered").status == .noContent)
            let isShown = poll(within: .seconds(30)) {
                (try? contact(admin, id))?["lastTest"]?["state"] == "DELIVERED"
            }
            #expect(isShown)

            #expect(try doctor.patch("\(Self.contacts)/\(id)", ["isOptedOut": true]).status == .ok)
            let third = try hub.client(.admissions).raise(newAlert(patient: DemoIDs.patients[2]))
            #expect(awaitText(gateway) { $0.to == DemoIDs.doctorPhone && $0.body.contains(third.code) } != nil)
            #expect(gateway.texts(to: Self.number, about: third.code).isEmpty)
            let notices = try admin.get("/api/v1/reachability").json["notices"]?.arrayValue ?? []
            #expect(notices.contains { $0["kind"] == "CONTACT_OPTED_OUT" && $0["contactId"] == .string(id) })
        }

        private func awaitText(_ gateway: FakeTwilio, _ isWanted: (FakeTwilio.Text) -> Bool) -> FakeTwilio.Text? {
            _ = poll(within: .seconds(30)) { gateway.texts.contains(where: isWanted) }
            return gateway.texts.first(where: isWanted)
        }

        /// The doctor's contact as reachability shows it.
        private func contact(_ admin: HTTPClient, _ id: String) throws -> JSONValue? {
            let people = try admin.get("/api/v1/reachability").json["people"]?.arrayValue ?? []
            let contacts = people.flatMap { $0["contactMethods"]?.arrayValue ?? [] }
            return contacts.first { $0["contactId"] == .string(id) }
        }
    }
}
