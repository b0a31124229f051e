import Clinic
import Wire

/// The body of `messages:send`: what a lock screen may show, and nothing of a patient.
enum FCMMessage {
    static func json(_ attempt: GatewayAttempt, receipt: String) -> [UInt8] {
        let seconds = attempt.validitySeconds
        let isLoud = attempt.urgency >= .urgent
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.field(
                "message",
                object: { json in
                    json.field("token", attempt.to.text)
                    json.field(
                        "data",
                        object: { json in
                            if let code = attempt.code { json.field("code", code.description) }
                            json.field("urgency", attempt.urgency.rawValue)
                            json.field("text", attempt.text)
                            json.field("receipt", receipt)
                            // The app reports the receipt and shows nothing.
                            if attempt.isSilent { json.field("silent", "true") }
                        })
                    android(attempt, seconds: seconds, isLoud: isLoud, to: &json)
                    apns(attempt, seconds: seconds, isLoud: isLoud, to: &json)
                })
        }
        return json.bytes
    }

    private static func android(_ attempt: GatewayAttempt, seconds: Int, isLoud: Bool, to json: inout JSONWriter) {
        json.field(
            "android",
            object: { json in
                json.field("priority", isLoud ? "HIGH" : "NORMAL")
                json.field("ttl", "\(seconds)s")
                // A repetition takes the place of what is shown, so a duplicate is seen once.
                if let code = attempt.code { json.field("collapse_key", code.description) }
            })
    }

    private static func apns(_ attempt: GatewayAttempt, seconds: Int, isLoud: Bool, to json: inout JSONWriter) {
        json.field(
            "apns",
            object: { json in
                json.field(
                    "headers",
                    object: { json in
                        json.field("apns-push-type", attempt.isSilent ? "background" : "alert")
                        json.field("apns-priority", isLoud ? "10" : "5")
                        json.field("apns-expiration", String(attempt.at.microseconds / 1_000_000 + Int64(seconds)))
                        if let code = attempt.code { json.field("apns-collapse-id", code.description) }
                    })
                json.field("payload", object: { json in json.field("aps", object: { aps(attempt, to: &$0) }) })
            })
    }

    private static func aps(_ attempt: GatewayAttempt, to json: inout JSONWriter) {
        if attempt.isSilent { return json.field("content-available", 1) }
        json.field("alert", object: { json in json.field("body", attempt.text) })
        switch attempt.urgency {
        case .critical:
            // Sounds through silence; the app's owner has allowed it (a "critical alert" of iOS).
            json.field(
                "sound",
                object: { json in
                    json.field("critical", 1)
                    json.field("name", "default")
                    json.field("volume", 1.0)
                })
            json.field("interruption-level", "critical")
        case .urgent:
            json.field("sound", "default")
            json.field("interruption-level", "time-sensitive")
        case .moderate, .low: json.field("interruption-level", "active")
        }
    }
}
