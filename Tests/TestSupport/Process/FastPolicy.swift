import Database
import Wire

extension HubProcess {
    /// Gives a clinic a policy for tests: the assigned doctor, after `firstWait` the backup, then a long wait.
    package func useFastPolicy(clinic: String = DemoIDs.clinic, firstWait: Int, secondWait: Int = 3_600) throws {
        let session = try sql(.owner, clinic: clinic)
        let targets = ["ASSIGNED_DOCTOR", "BACKUP_OF_ASSIGNED"]
        let steps = zip(targets, [firstWait, secondWait]).map { kind, wait in
            JSONValue.object(
                Self.object([
                    ("targets", .array([["kind": .string(kind)]])),
                    ("waitSeconds", Self.perUrgency(.integer(Int64(wait)))),
                ]))
        }
        let document = Self.object([
            ("name", "test"), ("steps", .array(steps)), ("loops", Self.perUrgency(0)),
            ("urgencies", Self.perUrgency(["receiptTimeoutSeconds": .null, "repeatStepSeconds": .null])),
            ("advanceNowOn", ["DECLINED", "CONTACTS_FAILED", "OPTED_OUT"]),
            ("onExhausted", ["targets": [], "repeatEverySeconds": 3_600]),
            // A storm would be told of by an event more, and its texts bundled.
            ("storm", ["perUser": Self.manyASecond, "perClinic": Self.manyASecond]),
        ])
        var json = JSONWriter()
        json.value(.object(document))
        _ = try session.query("BEGIN")
        let active = try session.query(
            """
            UPDATE escalation_policies SET is_active = FALSE WHERE clinic_id = $1 AND is_active
            RETURNING id::text, (SELECT max(p.version) FROM escalation_policies p
                                 WHERE (p.clinic_id, p.id) = (escalation_policies.clinic_id, escalation_policies.id))
                                AS version
            """, [.text(clinic)])
        guard let row = active.first else { throw ClientFailure.malformed("no policy to replace") }
        _ = try session.query(
            """
            INSERT INTO escalation_policies (id, clinic_id, version, name, document, is_active)
            VALUES ($1, $2, $3, 'test', $4::jsonb, TRUE)
            """, [.text(try row.string("id")), .text(clinic), .integer(try row.int("version") + 1), .text(json.text)])
        _ = try session.query("COMMIT")
    }

    private static let manyASecond: JSONValue = ["count": 10_000, "windowSeconds": 1]

    private static func object(_ members: [(String, JSONValue)]) -> JSONObject {
        var object = JSONObject()
        for (name, value) in members { object.append(name, value) }
        return object
    }

    private static func perUrgency(_ value: JSONValue) -> JSONValue {
        .object(object(["LOW", "MODERATE", "URGENT", "CRITICAL"].map { ($0, value) }))
    }
}
