import Clinic
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// The clinic's policies over REST: written, checked, guarded against lost edits, put in force.
    @Suite("Policies over REST")
    struct Policies {
        private static let root = "/api/v1/policies"

        private func example(_ name: String) throws -> JSONValue {
            try JSONReader.read(Contract.bytes("Protocol/examples/\(name).json"))
        }

        @Test("A policy is written as it was sent, changed by who has read it, and put in force")
        func life() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            let created = try admin.send(.post, Self.root, try example("PolicyDocument.least"))
            #expect(created.status == .created)
            #expect(created.fields["ETag"] == "\"1\"")
            let path = try #require(created.fields["Location"])
            for (method, operation, target, fields, status) in [
                (HTTPMethod.get, Self.root, Self.root, [:], 200), (.get, "\(Self.root)/{id}", path, [:], 200),
                (.put, "\(Self.root)/{id}", path, [:], 428),
                (.put, "\(Self.root)/{id}", path, ["If-Match": "\"7\""], 412),
                (.put, "\(Self.root)/{id}", path, ["If-Match": "\"1\""], 200),
                (.put, "\(Self.root)/{id}", path, ["If-Match": "\"1\""], 412),
                (.get, "\(Self.root)/{id}/versions", "\(path)/versions", [:], 200),
                (.get, "\(Self.root)/{id}/versions/{version}", "\(path)/versions/1", [:], 200),
                (.get, "\(Self.root)/{id}/versions/{version}", "\(path)/versions/3", [:], 404),
                (.get, "\(Self.root)/{id}/versions/{version}", "\(path)/versions/x", [:], 404),
                (.post, "\(Self.root)/{id}/versions/{version}/activate", "\(path)/versions/9/activate", [:], 404),
            ] as [(HTTPMethod, String, String, [String: String], Int)] {
                let body = method == .put ? try example("PolicyDocument") : nil
                var match = HTTPFields()
                for (name, value) in fields { match.set(name, value) }
                let answer = try admin.send(method, target, body, fields: match)
                #expect(Int(answer.status.rawValue) == status, "\(method.rawValue) \(target) \(answer.text)")
                #expect(Contract.validate(answer.body, status: status, to: method.rawValue, operation) == [])
            }
            let newest = try admin.send(.get, path)
            #expect(try JSONReader.read(newest.body)["document"] == (try example("PolicyDocument")))
        }

        @Test("What is wrong with a policy is named by its path, with what is allowed")
        func faults() throws {
            let admin = try SharedHub.get().client(.admin)
            for (example, field) in [
                ("no-steps", "steps"), ("unknown-section", "color"), ("wait-0", "steps[0].waitSeconds.CRITICAL"),
                ("role-without-role", "steps[0].targets[0].kind"), ("trigger-unknown", "advanceNowOn[0]"),
            ] {
                let body = try self.example("invalid/PolicyDocument.\(example)")
                let answer = try admin.send(.post, Self.root, body)
                #expect(answer.status == .unprocessableContent)
                #expect(try JSONReader.read(answer.body)["field"] == .string(field), "\(answer.text)")
                #expect(Contract.validate(answer.body, status: 422, to: "POST", Self.root) == [])
            }
        }

        @Test("Only an ADMIN of the clinic has to do with its policies")
        func rights() throws {
            let hub = try SharedHub.get()
            let created = try hub.client(.admin).send(.post, Self.root, try example("PolicyDocument.least"))
            let path = try #require(created.fields["Location"])
            for role in [Role.doctor, .admissions, .corporateAdmin] {
                #expect(try hub.client(role).send(.get, Self.root).status == .forbidden)
            }
            let other = try hub.client(.admin, clinic: DemoIDs.otherClinic)
            #expect(try other.send(.get, path).status == .notFound)
        }
    }
}
