import Clinic
import Cryptography
import Platform
import Store
import Transport
import Wire

/// One drill: raises, watches, acknowledges, and prints each step with its milliseconds as it happens.
struct Drill {
    private let client: DrillClient
    private let clinic: ClinicID
    private let start = MonotonicTime.now()
    private var last = MonotonicTime.now()
    private var seen: [DrillStep] = []
    /// What a step may take beyond the policy's own wait.
    private static let patience = Duration.seconds(20)

    init(url: String, token: String) throws {
        client = try DrillClient(url: url, token: token)
        guard let claims = JWS.split(token).flatMap({ try? JSONReader.readObject($0.payload) }),
            let clinic = claims["clinic_id"]?.stringValue.flatMap({ ClinicID($0) })
        else { throw StartError("the token names no clinic") }
        self.clinic = clinic
    }

    /// True if every step was seen.
    mutating func run() throws -> Bool {
        print("Drill on \(client.host), clinic \(clinic)\n")
        print("    at ms   step ms  what")
        do {
            let alert = try raise()
            try watch(alert)
            try acknowledge(alert)
            try prove(alert)
        } catch let error as StartError {
            print("\n\(error)")
        }
        let missing = DrillStep.allCases.filter { !seen.contains($0) }
        for step in missing { print("  missing: \(step.rawValue)") }
        print(missing.isEmpty ? "\nThe drill saw every step." : "\nThe drill failed.")
        return missing.isEmpty
    }

    // MARK: The steps

    private mutating func raise() throws -> AlertID {
        try client.subscribe(to: clinic, within: Self.patience)
        note(.subscribed)
        let (patient, doctor) = try people()
        var body = JSONWriter()
        body.object { json in
            json.field("patientId", patient.description)
            json.field("assignedTo", doctor.description)
            json.field("urgencyLevel", UrgencyLevel.critical.rawValue)
            json.field("room", "DRILL")
            json.field("reason", "drill")
        }
        let answer = try client.request(.post, "/api/v1/alerts", body: body.bytes, expecting: .created)
        guard let alert = answer["alertId"]?.stringValue.flatMap({ AlertID($0) }) else {
            throw StartError("the hub's answer names no alert")
        }
        note(.raised, "alert \(alert)")
        try client.waitForEvent("alert:new", of: alert, within: Self.patience)
        note(.shown)
        return alert
    }

    private mutating func watch(_ alert: AlertID) throws {
        let first = try attempt(alert, step: 1, until: ["ACCEPTED", "SENT", "DELIVERED"], within: Self.patience)
        note(.submitted, "gateway \(first)")
        try client.waitForEvent("alert:delivered", of: alert, within: Self.patience)
        note(.delivered)
        try client.waitForEvent("alert:escalated", of: alert, within: client.firstWait + Self.patience)
        note(.escalated)
        _ = try attempt(alert, step: 2, until: ["DELIVERED"], within: Self.patience)
        note(.backupDelivered)
    }

    private mutating func acknowledge(_ alert: AlertID) throws {
        _ = try client.request(.patch, "/api/v1/alerts/\(alert)/acknowledge", body: [], expecting: .ok)
        note(.acknowledged)
        try client.waitForEvent("alert:acknowledged", of: alert, within: Self.patience)
        note(.told)
    }

    private mutating func prove(_ alert: AlertID) throws {
        let detail = try client.request(.get, "/api/v1/alerts/\(alert)", body: [], expecting: .ok)
        let lines = detail["timeline"]?.arrayValue?.compactMap(\.objectValue) ?? []
        let acknowledgedAt = detail["acknowledgedAt"]?.stringValue ?? ""
        let later =
            detail["attempts"]?.arrayValue?.compactMap { $0.objectValue?["submittedAt"]?.stringValue }
            .filter { $0 > acknowledgedAt } ?? []
        if later.isEmpty, !acknowledgedAt.isEmpty { note(.silent) }
        let statuses = Set(lines.compactMap { $0["status"]?.stringValue })
        if statuses.isSuperset(of: ["PENDING", "DELIVERED", "ESCALATED", "ACKNOWLEDGED"]) { note(.proven) }
        print("\nThe alert's own timeline:")
        for line in lines {
            let words = ["at", "status", "kind", "reason"].compactMap { line[$0]?.stringValue }
            let step = line["step"]?.integerValue.map { "step \($0)" } ?? ""
            print("  \(words.joined(separator: "  "))  \(step)")
        }
    }

    // MARK: Looking

    /// Asks for the alert until an attempt of this step is in one of the states; the gateway's name.
    private func attempt(
        _ alert: AlertID, step: Int64, until states: Set<String>, within limit: Duration
    ) throws -> String {
        let deadline = MonotonicTime.now().advanced(by: limit)
        while MonotonicTime.now() < deadline {
            let detail = try client.request(.get, "/api/v1/alerts/\(alert)", body: [], expecting: .ok)
            let attempts = detail["attempts"]?.arrayValue?.compactMap(\.objectValue) ?? []
            if let found = attempts.first(where: {
                $0["step"]?.integerValue == step && states.contains($0["state"]?.stringValue ?? "")
            }) {
                return found["gateway"]?.stringValue ?? "?"
            }
            client.listen(for: .milliseconds(50))
        }
        throw StartError("no text of step \(step) reached \(states.sorted().joined(separator: " or ")) in time")
    }

    /// The demo clinic's people; a drill never uses a real patient.
    private func people() throws -> (PatientID, UserID) {
        switch clinic {
        case DemoData.clinic: return (DemoData.patients[0], DemoData.doctor)
        case DemoData.otherClinic: return (DemoData.otherPatient, DemoData.otherDoctor)
        default: throw StartError("this clinic has no drill patient: drill with a token of a demo clinic")
        }
    }

    private mutating func note(_ step: DrillStep, _ detail: String = "") {
        let now = MonotonicTime.now()
        seen.append(step)
        let columns = [start.duration(to: now), last.duration(to: now)].map { pad(String(Int($0.inMilliseconds))) }
        print("\(columns.joined(separator: " "))  \(step.rawValue)\(detail.isEmpty ? "" : " (\(detail))")")
        last = now
    }

    private func pad(_ text: String) -> String { String(repeating: " ", count: max(0, 9 - text.count)) + text }
}
