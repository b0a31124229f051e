import Clinic
import Database
import Testing
import Wire

@testable import Store

@Suite("Policies")
struct PolicyStoreTests {
    private static let admin = TenantContext(
        clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin), ipAddress: "192.0.2.7")
    private static let otherAdmin = TenantContext(
        clinic: DemoData.otherClinic, actor: .user(DemoData.otherAdmin, .admin), ipAddress: "192.0.2.8")

    private static func policy(_ id: PolicyID, version: Int, name: String = "nights") -> EscalationPolicy {
        var policy = EscalationPolicy.standard(id: id)
        policy.version = version
        policy.name = name
        return policy
    }

    @Test("Versions follow each other, each as it was written, and one that was overtaken is not written")
    func versions() async throws {
        try await StoreFixture.withStore { fixture in
            let id = PolicyID.random()
            try await fixture.store { store in
                let first = try await store.policies.write(Self.policy(id, version: 1), Self.admin)
                guard case .written(let record) = first else { throw StoreError.notFound(.policy) }
                #expect(record.policy == Self.policy(id, version: 1))
                #expect(!record.isActive)
                _ = try await store.policies.write(Self.policy(id, version: 2, name: "b"), Self.admin)
                let late = try await store.policies.write(Self.policy(id, version: 2, name: "c"), Self.admin)
                #expect(late == .overtaken(by: 2))
                let ahead = try await store.policies.write(Self.policy(id, version: 4), Self.admin)
                #expect(ahead == .overtaken(by: 2))
                #expect(try await store.policies.read(id, Self.admin).policy.name == "b")
                #expect(try await store.policies.read(id, version: 1, Self.admin).policy.name == "nights")
                #expect(try await store.policies.versions(id, Self.admin).map(\.policy.version) == [2, 1])
            }
            let audit = try fixture.superuser(
                "SELECT string_agg(action, ' ' ORDER BY id) AS actions FROM audit_logs WHERE target_id = '\(id)'")
            #expect(try audit[0].string("actions") == "CREATE_POLICY CHANGE_POLICY")
        }
    }

    @Test("One version is in force; alerts that are raised then get it, open ones keep theirs")
    func activation() async throws {
        try await StoreFixture.withStore { fixture in
            let before = try await fixture.raise()
            let id = PolicyID.random()
            try await fixture.store { store in
                _ = try await store.policies.write(Self.policy(id, version: 1), Self.admin)
                #expect(try await store.policies.activate(id, version: 1, Self.admin).isActive)
                #expect(try await store.policies.activate(id, version: 1, Self.admin).isActive)
                let summaries = try await store.policies.list(Self.admin)
                #expect(summaries.filter { $0.activeVersion != nil }.map(\.id) == [id])
                await #expect(throws: StoreError.notFound(.policy)) {
                    _ = try await store.policies.activate(id, version: 2, Self.admin)
                }
            }
            let after = try await fixture.raise()
            let rows = try fixture.superuser(
                "SELECT alert_id, policy_id FROM escalations WHERE alert_id IN ('\(before.id)', '\(after.id)')")
            for row in rows {
                let isNew = try row.string("alert_id") == after.id.description
                #expect(try row.string("policy_id") == (isNew ? id : DemoData.policy).description)
            }
        }
    }

    @Test("Another clinic sees, changes and activates nothing of it")
    func tenancy() async throws {
        try await StoreFixture.withStore { fixture in
            let id = PolicyID.random()
            try await fixture.store { store in
                _ = try await store.policies.write(Self.policy(id, version: 1), Self.admin)
                await #expect(throws: StoreError.notFound(.policy)) {
                    _ = try await store.policies.read(id, Self.otherAdmin)
                }
                await #expect(throws: StoreError.notFound(.policy)) {
                    _ = try await store.policies.versions(id, Self.otherAdmin)
                }
                await #expect(throws: StoreError.notFound(.policy)) {
                    _ = try await store.policies.activate(id, version: 1, Self.otherAdmin)
                }
                await #expect(throws: StoreError.notFound(.policy)) {
                    _ = try await store.policies.write(Self.policy(id, version: 2), Self.otherAdmin)
                }
                #expect(try await !store.policies.list(Self.otherAdmin).contains { $0.id == id })
            }
        }
    }

    @Test("A field that decides nothing for a clinic is no field, and is named", arguments: ["ackRequired", "digest"])
    func removed(_ name: String) throws {
        let text =
            #"{"name":"x","steps":[],"loops":{"LOW":0,"MODERATE":0,"URGENT":0,"CRITICAL":0},"urgencies":{"LOW":{""#
            + name + #"":null}}}"#
        let document = try JSONReader.readObject(Array(text.utf8))
        let policy = try EscalationPolicy(id: DemoData.policy, version: 1, document: document)
        do throws(JSONFieldError) {
            try policy.refuseUnknownFields(in: document)
            Issue.record("\(name) was passed over")
        } catch {
            #expect(error.field == "urgencies.LOW.\(name)")
        }
    }

    @Test("A misspelt field is named, wherever it stands")
    func unknown() throws {
        let policy = EscalationPolicy.standard(id: DemoData.policy)
        var json = JSONWriter()
        policy.write(to: &json)
        let text = String(decoding: json.bytes, as: UTF8.self)
        let faults = [
            ("\"timezone\"", "timeZone"), ("\"skipIfEmpty\":true", "steps[0].skipIfEmty"),
            ("\"resume\"", "afterAccept.resumes"), ("\"perUser\"", "storm.perUsers"),
        ]
        for (place, field) in faults {
            let name = field.split(separator: ".").last.map(String.init) ?? field
            let misspelt = place.hasSuffix("true") ? "\"\(name)\":true" : "\"\(name)\""
            guard let range = text.firstRange(of: place) else {
                Issue.record("no \(place)")
                continue
            }
            let document = try JSONReader.readObject(Array(text.replacingCharacters(in: range, with: misspelt).utf8))
            let read = try EscalationPolicy(id: policy.id, version: 1, document: document)
            do throws(JSONFieldError) {
                try read.refuseUnknownFields(in: document)
                Issue.record("\(field) was passed over")
            } catch {
                #expect(error.field == field)
            }
        }
        let document = try JSONReader.readObject(json.bytes)
        try policy.refuseUnknownFields(in: document)
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
