import API
import Clinic
import Cryptography
import Platform
import Store
import Wire

/// One clinic of the benchmark's database, its people's ids made from its number, so that SQL can make them too.
struct BenchClinic {
    static let count = 32
    /// With those that only `BenchDatabase.seedMany` makes.
    static let manyCount = 1_000
    let number: Int

    init(_ number: Int) { self.number = number }

    var id: ClinicID { Self.id(1_000 + number) }
    var doctor: UserID { Self.id(2_000 + number) }
    var backup: UserID { Self.id(3_000 + number) }
    var admissions: UserID { Self.id(4_000 + number) }
    var patient: PatientID { Self.id(5_000 + number) }
    var policy: PolicyID { Self.id(6_000 + number) }

    /// Alerts of each clinic that `BenchDatabase.seedAlerts` raises, to be read.
    static let alerts = 20
    static let firstAlert = 1_000_000_000

    func alert(_ index: Int) -> AlertID { Self.id(Self.firstAlert + number * Self.alerts + index) }

    /// On behalf of whoever admits patients.
    var context: TenantContext { TenantContext(clinic: id, actor: .user(admissions, .admissions)) }

    /// What a number's id is in SQL, where `number` is an integer expression: 32 digits make a UUID.
    static func sql(_ number: String) -> String { "lpad((\(number))::text, 32, '0')::uuid" }

    private static func id<Subject>(_ number: Int) -> Identifier<Subject> {
        var bits: UInt64 = 0
        for digit in String(number).utf8 { bits = bits << 4 | UInt64(digit - UInt8(ascii: "0")) }
        return Identifier(high: 0, low: bits)
    }

    // MARK: Requests

    static let room = "ER-12"
    static let reason = "chest pain"

    /// A whole request that raises an alert for the clinic's doctor.
    func requestToRaise() throws -> [UInt8] {
        var body = JSONWriter()
        body.object { json in
            json.field("patientId", patient.description)
            json.field("assignedTo", doctor.description)
            json.field("urgencyLevel", UrgencyLevel.critical.rawValue)
            json.field("room", Self.room)
            json.field("reason", Self.reason)
        }
        let token = try BenchSecrets.tokens().mint(principal(admissions, .admissions), now: .now())
        return HTTPRequestEncoder.encode(
            .post, "/api/v1/alerts", host: "127.0.0.1",
            fields: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"], body: body.bytes)
    }

    /// A whole request that reads one of the clinic's alerts.
    func requestToRead(_ index: Int) throws -> [UInt8] {
        let token = try BenchSecrets.tokens().mint(principal(admissions, .admissions), now: .now())
        return HTTPRequestEncoder.encode(
            .get, "/api/v1/alerts/\(alert(index))", host: "127.0.0.1",
            fields: ["Authorization": "Bearer \(token)"], body: [])
    }

    /// A token that a screen shows.
    func screenToken() throws -> String { try screenToken(by: BenchSecrets.tokens(), id: nil) }

    /// One with an id of its own.
    func screenToken(by authority: TokenAuthority, id: String?) throws -> String {
        authority.mint(principal(doctor, .doctor, tokenID: id), now: .now())
    }

    private func principal(_ user: UserID, _ role: Role, tokenID: String? = nil) -> Principal {
        let inTwoHours = WallTime(microseconds: WallTime.now().microseconds + 7_200_000_000)
        return Principal(clinic: id, user: user, role: role, expiresAt: inTwoHours, tokenID: tokenID)
    }
}

/// Keys of a hub that lives for one run and holds nobody's data.
enum BenchSecrets {
    static let tokenSecret = String(repeating: "benchmark", count: 5)
    static let vaultKey = [UInt8](repeating: 0x42, count: 32)

    static func tokens() throws -> TokenAuthority {
        TokenAuthority(
            key: try HS256Key(Array(tokenSecret.utf8)), issuer: "alert-hub", audience: "alert-hub", leewaySeconds: 30)
    }
}
