import Platform
import Wire

/// One text that the local gateway was handed, and what became of it.
struct SentText {
    /// One callback that was posted.
    struct Callback {
        let status: String
        let at: WallTime
        /// The HTTP status of the answer, or the word for why there is none.
        let answer: String
    }

    let sid: String
    /// The gateway that was spoken to.
    let dialect: String
    let accountSid: String
    let at: WallTime
    let to: String
    let from: String
    let body: String
    let callbackURL: String?
    /// The hub's attempt, as the sender named it.
    let attempt: String?
    /// The body of the request as it came, at most 8 KiB: nothing but what it should may stand in it.
    var request = ""
    var behaviour = LocalBehaviour.delivered
    /// Twilio's word, as the last callback had it.
    var status = "queued"
    var errorCode: Int?
    /// What the sender was answered; nil while it waits.
    var answer: Int?
    var callbacks: [Callback] = []

    /// Whether the text goes out, whatever its sender is answered.
    var isTaken: Bool {
        switch behaviour {
        case .rateLimited, .serverError, .noAnswer, .invalidNumber, .optedOut: false
        case .delivered, .undelivered, .failed, .noCallback, .duplicateCallbacks, .earlyCallbacks, .lateCallbacks,
            .reorderedCallbacks, .deliveredAfterUndelivered, .errorButDelivered:
            true
        }
    }

    /// The attempt that a callback's URL names.
    static func attempt(inQueryOf url: String?) -> String? {
        guard let query = url?.split(separator: "#")[0].split(separator: "?").dropFirst().first else { return nil }
        return URLEncodedForm(Array(query.utf8))?["attempt"]
    }

    /// A line for the file of everything that happened.
    func line(_ event: String) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("event", event)
            json.field("sid", sid)
            json.field("gateway", dialect)
            json.field("at", at.rfc3339)
            json.field("to", to)
            json.field("body", body)
            json.field("request", request)
            json.field("attempt", attempt)
            json.field("behaviour", behaviour.rawValue)
            json.field("isTaken", isTaken)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    /// The text as the log shows it.
    func writeLog(to json: inout JSONWriter) {
        json.object { json in
            json.field("sid", sid)
            json.field("gateway", dialect)
            json.field("at", at.rfc3339)
            json.field("to", to)
            json.field("from", from)
            json.field("body", body)
            json.field("request", request)
            json.field("statusCallback", callbackURL)
            json.field("attempt", attempt)
            json.field("behaviour", behaviour.rawValue)
            json.field("answer", answer)
            json.field("status", status)
            json.field("errorCode", errorCode)
            json.field(
                "callbacks",
                array: { json in
                    for callback in callbacks {
                        json.object { json in
                            json.field("status", callback.status)
                            json.field("at", callback.at.rfc3339)
                            json.field("answer", callback.answer)
                        }
                    }
                })
        }
    }

    /// A page of texts as Twilio's API lists messages.
    static func page(_ texts: [SentText]) -> [UInt8] {
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.field("messages", array: { json in for text in texts { json.json(text.resource) } })
        }
        return json.bytes
    }

    /// The text as Twilio's API shows a message.
    var resource: [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("sid", sid)
            json.field("account_sid", accountSid)
            json.field("api_version", "2010-04-01")
            json.field("status", status)
            json.field("error_code", errorCode)
            json.field("error_message", nil as String?)
            json.field("direction", "outbound-api")
            json.field("to", to)
            json.field("from", from)
            json.field("body", body)
            json.field("messaging_service_sid", nil as String?)
            json.field("num_segments", "1")
            json.field("num_media", "0")
            json.field("price", nil as String?)
            json.field("date_created", String(at.httpDate.dropLast(3)) + "+0000")
            json.field("uri", "/2010-04-01/Accounts/\(accountSid)/Messages/\(sid).json")
        }
        return json.bytes
    }
}
