import API
import Clinic
import Cryptography
import HubProtocol
import Platform
import Settings
import Store
import Transport
import Wire

/// `alert-hub drill`: a real alert on a running hub, watched from the outside to its end.
enum DrillCommand {
    static func run(_ options: DrillOptions) -> Int32 {
        do {
            let token = try token(options)
            var drill = try Drill(url: options.url, token: token)
            return try drill.run() ? 0 : 1
        } catch {
            complain("\(error)")
            return 1
        }
    }

    /// The token given, else one of the demo clinic's backup doctor.
    private static func token(_ options: DrillOptions) throws -> String {
        if let token = options.token { return token.revealed }
        let found: Secret?
        do {
            found = try Secrets.find(
                "ALERT_HUB_TOKEN", orFile: options.tokenFile ?? "", in: Installation.environment)
        } catch {
            throw StartError(error.description)
        }
        if let found { return found.revealed }
        let now = WallTime.now()
        let principal = Principal(
            clinic: DemoData.clinic, user: DemoData.backupDoctor, role: .doctor,
            expiresAt: WallTime(microseconds: now.microseconds + 3_600_000_000))
        let installation = try Installation(config: options.config, data: options.data)
        return try installation.tokens(mayCreate: false).mint(principal, now: now)
    }
}

/// The steps that a drill must see, in their order.
enum DrillStep: String, CaseIterable {
    case subscribed = "screen subscribed"
    case raised = "alert raised: committed, answered 201"
    case shown = "alert:new on the screen"
    case submitted = "text to the doctor handed to the gateway"
    case delivered = "DELIVERED: signed callback returned"
    case escalated = "ESCALATED: nobody acknowledged in time"
    case backupDelivered = "text to the backup delivered"
    case acknowledged = "ACKNOWLEDGED: committed, answered 200"
    case told = "alert:acknowledged on the screen"
    case silent = "nothing sent after the acknowledgement"
    case proven = "timeline shows PENDING, DELIVERED, ESCALATED, ACKNOWLEDGED"
}
