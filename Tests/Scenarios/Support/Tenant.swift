import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

/// A clinic with somebody in each role and one of everything, made over REST.
struct Tenant {
    /// One of everything that an id in a path can name.
    struct Things {
        /// By the path's first part: `alerts`, `patients`, …
        var ids: [String: String]
        /// Those below another id: `contact`, `override`, `version`.
        var inner: [String: String]
    }

    let clinic: String
    let users: [Role: String]
    let clients: [Role: HTTPClient]
    let things: Things
    /// Stands in every text that the clinic was given; letters, digits, points and dashes.
    let word: String

    var ids: [String: String] { things.ids }
    var inner: [String: String] { things.inner }

    init(_ hub: HubProcess, word: String) throws {
        let corporate = try hub.client(.corporateAdmin)
        let clinic = try Self.post(
            corporate, "/api/v1/clinics", ["name": .string(word), "country": "CO"], "clinicId")
        var users: [Role: String] = [:]
        for role in Role.allCases { users[role] = try Self.hire(corporate, clinic, role, word) }
        var clients: [Role: HTTPClient] = [:]
        for (role, user) in users {
            clients[role] = hub.client.bearing(try hub.tokens.token(role, clinic: clinic, user: user))
        }
        let doctor = try #require(users[.doctor])
        things = try Self.makeThings(hub, clinic, try #require(clients[.admin]), doctor: doctor, word)
        self.clinic = clinic
        self.users = users
        self.clients = clients
        self.word = word
    }

    /// More things of the same clinic, none of them one of `things`; the user among them has no token.
    func moreThings(_ hub: HubProcess, word: String) throws -> Things {
        let user = try Self.hire(hub.client(.corporateAdmin), clinic, .doctor, word)
        return try Self.makeThings(hub, clinic, try #require(clients[.admin]), doctor: user, word)
    }

    /// An hour from now.
    static var soon: String {
        Timestamp(microseconds: WallTime.now().microseconds).advanced(by: .seconds(3_600)).rfc3339
    }

    // MARK: Steps

    private static func post(_ client: HTTPClient, _ path: String, _ body: JSONValue, _ id: String) throws -> String {
        let answer = try client.post(path, body)
        try #require(answer.status == .created, "\(path): \(answer.text)")
        return try #require(answer.json[id]?.stringValue)
    }

    private static func hire(_ corporate: HTTPClient, _ clinic: String, _ role: Role, _ word: String) throws -> String {
        try post(
            corporate, "/api/v1/users",
            [
                "clinicId": .string(clinic), "authId": .string("iso|\(clinic)|\(word)|\(role.rawValue)"),
                "role": .string(role.rawValue), "fullName": .string("\(word) \(role.rawValue)"),
            ], "userId")
    }

    private static func makeThings(
        _ hub: HubProcess, _ clinic: String, _ admin: HTTPClient, doctor: String, _ name: String
    ) throws -> Things {
        let word = JSONValue.string(name)
        let patient = try post(admin, "/api/v1/patients", ["fullName": word], "patientId")
        let alert = try admin.raise([
            "patientId": .string(patient), "assignedTo": .string(doctor), "urgencyLevel": "LOW", "room": word,
            "reason": word, "source": word,
        ])
        let number = String(UInt32.random(in: 1_000_000...9_999_999))
        let contact = try post(
            admin, "/api/v1/users/\(doctor)/contact-methods",
            ["kind": "SMS", "address": .string("+1501\(number)"), "label": word], "contactId")
        let schedule = try post(
            admin, "/api/v1/schedules",
            [
                "name": word, "zone": "UTC",
                "layers": [
                    [
                        "name": word, "people": [.string(doctor)], "shift": ["every": "DAY", "count": 1],
                        "startsOn": "2026-01-01", "handOver": "08:00",
                    ]
                ],
            ], "scheduleId")
        let override = try post(
            admin, "/api/v1/schedules/\(schedule)/overrides",
            ["userId": .string(doctor), "from": "2099-01-01T00:00:00Z", "to": "2099-01-02T00:00:00Z"], "overrideId")
        let document = Contract.text("Protocol/examples/PolicyDocument.least.json").replacing("nights", with: name)
        let policy = try post(admin, "/api/v1/policies", try JSONReader.read(Array(document.utf8)), "policyId")
        let window = try post(admin, "/api/v1/maintenance", ["source": word, "until": .string(soon)], "windowId")
        let monitor = try post(
            admin, "/api/v1/monitors",
            ["source": word, "everySeconds": 86_400, "graceSeconds": 0, "urgencyLevel": "LOW"], "monitorId")
        let key = try post(admin, "/api/v1/api-keys", ["name": word, "scopes": ["alerts:create"]], "keyId")
        let session = try hub.sql(.superuser)
        let message = try session.query(
            "SELECT id::text AS id FROM messages WHERE (clinic_id, alert_id) = ($1, $2) LIMIT 1",
            [.text(clinic), .text(alert.id)])
        let intake = try session.query(UploadedRow.insert, [.text(clinic), .text(doctor)])
        return Things(
            ids: [
                "alerts": alert.id, "patients": patient, "users": doctor, "schedules": schedule, "policies": policy,
                "maintenance": window, "monitors": monitor, "api-keys": key, "clinics": clinic,
                "intake": try #require(intake.first).string("id"),
                "dead-letters": try message.first?.string("id") ?? DemoIDs.nobody,
            ], inner: ["contact": contact, "override": override, "version": "1"])
    }
}

/// A form that was uploaded, as the tables have one.
private enum UploadedRow {
    static let insert = """
        WITH upload AS (
            INSERT INTO uploads
                (id, clinic_id, uploaded_by_user_id, mime_type, storage_key, size_bytes, content_digest)
            VALUES (gen_random_uuid(), $1::uuid, $2::uuid, 'image/png', 'x', 1, '\\x00')
            RETURNING id, clinic_id
        )
        INSERT INTO intake_forms (id, clinic_id, upload_id) SELECT gen_random_uuid(), clinic_id, id FROM upload
        RETURNING id::text AS id
        """
}
