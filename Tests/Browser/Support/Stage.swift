import Clinic
import Database
import Platform
import Store
import TestSupport
import Testing
import Wire

/// A hub with demo data, and a browser that looks at its board.
final class Stage {
    let hub: HubProcess
    let page: Page
    private let chromium: Chromium

    /// `firstWait` and `secondWait`: seconds up to the backup doctor, and up to the end of the policy.
    init(firstWait: Int = 600, secondWait: Int = 3_600) throws {
        chromium = try Chromium()
        var options = HubProcess.Options()
        options.configuration = "heartbeat: { intervalSeconds: 2, pongDeadlineSeconds: 2 }"
        hub = try HubProcess(options)
        try hub.useFastPolicy(firstWait: firstWait, secondWait: secondWait)
        page = try Page(chromium)
        try page.open("http://127.0.0.1:\(hub.port)/")
    }

    deinit { hub.end() }

    /// Signs in as a demo user, by a click on the name, and waits until the board is live.
    func signIn(_ name: String = "Dr. Ana Reyes") throws {
        try page.click("#demo-users button", text: name)
        try #require(try page.shows("#link", "Live", within: .seconds(10)))
    }

    /// Raises an alert over REST; its id.
    func raise(
        _ urgency: UrgencyLevel = .critical, room: String = "ER-12", patient: String = DemoIDs.patients[0],
        doctor: String = DemoIDs.doctor
    ) throws -> String {
        let answer = try hub.client(.admissions).post(
            "/api/v1/alerts",
            [
                "patientId": .string(patient), "urgencyLevel": .string(urgency.rawValue), "room": .string(room),
                "assignedTo": .string(doctor),
            ])
        return try #require(answer.json["alertId"]?.stringValue, "\(answer.text)")
    }

    func status(of alert: String) throws -> String? {
        try hub.client(.doctor).get("/api/v1/alerts/\(alert)").json["status"]?.stringValue
    }

    /// Gives a patient of the demo another name.
    func rename(_ patient: String, to name: String) throws {
        let id = try #require(PatientID(patient))
        let key = try PHIKeyFile.load("\(hub.dataDirectory)/phi.key")
        let sealed = try #require(PHIVault(key: key)).seal(name: PHI(name), of: id)
        let rows = try hub.sql(.owner, clinic: DemoIDs.clinic).query(
            "UPDATE patients SET full_name = $1 WHERE id = $2 RETURNING id", [.bytes(sealed), .text(patient)])
        try #require(rows.count == 1)
    }

    /// The part of an alert's row.
    func row(_ alert: String, _ part: String = "") -> String { "li[data-alert-id='\(alert)'] \(part)" }
}
