import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Idempotency-Key")
    struct Idempotency {
        @Test("The same key and body is the same alert; another body is 409 and raises nothing")
        func replayAndConflict() throws {
            let hub = try SharedHub.get()
            let staff = try hub.client(.admissions)
            let fields: HTTPFields = ["Idempotency-Key": "replay-and-conflict"]
            let first = try staff.post("/api/v1/alerts", newAlert(), fields: fields)
            let second = try staff.post("/api/v1/alerts", newAlert(), fields: fields)
            #expect(first.status == .created)
            #expect(second.status == .created)
            #expect(second.json == first.json)
            #expect(first.fields["Idempotency-Replayed"] == nil)
            #expect(second.fields["Idempotency-Replayed"] == "true")
            let conflict = try staff.post("/api/v1/alerts", newAlert(room: "ER-13"), fields: fields)
            #expect(conflict.status == .conflict)
            #expect(conflict.json["type"] == "urn:alert-hub:problem:idempotency-conflict")
        }

        @Test("A key belongs to its user: another user's same key raises another alert")
        func keysAreTheUsersOwn() throws {
            let hub = try SharedHub.get()
            let admissions = try hub.client(.admissions).raise(key: "owned")
            let admin = try hub.client(.admin).raise(key: "owned")
            let other = try hub.client(.admissions, clinic: DemoIDs.otherClinic).raise(
                newAlert(patient: DemoIDs.otherPatient, assignedTo: DemoIDs.otherDoctor), key: "owned")
            #expect(Set([admissions.id, admin.id, other.id]).count == 3)
        }

        @Test("Sixteen equal requests at once raise one alert")
        func concurrentDuplicates() throws {
            let hub = try SharedHub.get()
            let staff = try hub.client(.admissions)
            let ids = Locked<Set<String>>([])
            try concurrently(16) { _ in
                let alert = try staff.raise(key: "at-once")
                ids.withLock { _ = $0.insert(alert.id) }
            }
            #expect(ids.withLock { $0.count } == 1)
            let rows = try hub.sql(.hub, clinic: DemoIDs.clinic).query(
                "SELECT count(*) AS count FROM idempotency_keys WHERE key = 'at-once'")
            #expect(try rows.first?.int("count") == 1)
        }

        @Test("A key with spaces, too long, empty or twice is refused, and names the header")
        func malformedKeys() throws {
            let staff = try SharedHub.get().client(.admissions)
            for key in ["a b", String(repeating: "k", count: 256), "", "sch\u{f6}n"] {
                let answer = try staff.post("/api/v1/alerts", newAlert(), fields: ["Idempotency-Key": key])
                #expect(answer.status == .badRequest, "\(key)")
                #expect(answer.json["field"] == "Idempotency-Key", "\(key)")
            }
            let twice: HTTPFields = ["Idempotency-Key": "one", "Idempotency-Key": "two"]
            #expect(try staff.post("/api/v1/alerts", newAlert(), fields: twice).status == .badRequest)
        }
    }
}
