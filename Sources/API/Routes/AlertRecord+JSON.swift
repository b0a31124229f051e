import Clinic
import HubProtocol
import Store
import Wire

extension AlertRecord {
    /// The alert as REST shows it: the table's columns in camelCase. Discloses the patient's name to the reader.
    func write(to json: inout JSONWriter, for principal: Principal) {
        json.object { json in writeFields(to: &json, for: principal) }
    }

    func writeFields(to json: inout JSONWriter, for principal: Principal) {
        json.field("alertId", id.description)
        json.field("patientId", patient.description)
        json.field("patientName", patientName.disclosed(to: .staff(principal.user)))
        json.field("assignedTo", assignedTo?.description)
        json.field("urgencyLevel", urgency.rawValue)
        json.field("room", room)
        json.field("reason", reason)
        json.field("status", status.rawValue)
        json.field("code", code)
        json.field("step", step)
        json.field("isExhausted", isExhausted)
        json.field("createdAt", createdAt.rfc3339)
        json.field("pushSentAt", pushSentAt?.rfc3339)
        json.field("smsSentAt", smsSentAt?.rfc3339)
        json.field("acknowledgedAt", acknowledgedAt?.rfc3339)
        json.field("acknowledgedBy", acknowledgedBy?.description)
        json.field("escalatedAt", escalatedAt?.rfc3339)
        json.field("closedAt", closedAt?.rfc3339)
        json.field("escalatesAt", escalatesAt?.rfc3339)
        json.field("snoozedUntil", snoozedUntil?.rfc3339)
        json.field("hold", hold?.rawValue)
        json.field("heldBy", heldBy?.description)
        json.field("repeats", repeats)
        json.field("source", source)
        json.field("alertType", type)
    }
}

extension AlertStore.Detail {
    /// The alert with its story: who was meant, why, by which way, with which outcome and when.
    func write(to json: inout JSONWriter, for principal: Principal) {
        json.object { json in
            alert.writeFields(to: &json, for: principal)
            json.field(
                "timeline", array: { json in for entry in timeline { entry.write(to: &json, ways: ways(of: entry)) } })
            json.field("messages", array: { json in for message in messages { message.write(to: &json) } })
            json.field("attempts", array: { json in for attempt in attempts { attempt.write(to: &json) } })
            json.field("seenBy", array: { json in for sighting in seenBy { sighting.write(to: &json) } })
            json.field("people", array: { json in for person in people { person.write(to: &json) } })
        }
    }
}

extension TimelineRecord {
    fileprivate func write(
        to json: inout JSONWriter, ways: [(message: MessageRecord, last: AttemptRecord?)]
    ) {
        json.object { json in
            json.field("at", at.rfc3339)
            json.field("kind", kind)
            json.field("status", status?.rawValue)
            json.field("step", step)
            json.field("userId", user?.description)
            json.field("attemptId", attempt?.description)
            json.field("reason", reason)
            json.field("way", way?.rawValue)
            json.field("why", why?.rawValue)
            json.field("messageId", message?.description)
            json.field(
                "ways",
                array: { json in
                    for (message, last) in ways {
                        json.object { json in
                            json.field("messageId", message.id.description)
                            json.field("channel", message.channel)
                            json.field("outcome", message.state)
                            json.field("gateway", last?.gateway)
                            json.field("errorCode", last?.errorCode)
                            json.field("at", (last?.updatedAt ?? message.createdAt).rfc3339)
                        }
                    }
                })
        }
    }
}

extension MessageRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("messageId", id.description)
            json.field("userId", user.description)
            json.field("step", step)
            json.field("channel", channel)
            json.field("template", template)
            json.field("state", state)
            json.field("attempts", attempts)
            json.field("createdAt", createdAt.rfc3339)
            json.field("notBefore", notBefore.rfc3339)
            json.field("expiresAt", expiresAt.rfc3339)
        }
    }
}

extension AttemptRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("attemptId", id.description)
            json.field("messageId", message.description)
            json.field("userId", user.description)
            json.field("step", step)
            json.field("channel", channel)
            json.field("template", template)
            json.field("gateway", gateway)
            json.field("number", number)
            json.field("state", state)
            json.field("errorCode", errorCode)
            json.field("submittedAt", submittedAt.rfc3339)
            json.field("updatedAt", updatedAt.rfc3339)
        }
    }
}

extension PersonRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("userId", id.description)
            json.field("name", name)
            json.field("role", role.rawValue)
        }
    }
}

extension SightingRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("userId", user.description)
            json.field("stage", stage.rawValue)
            json.field("at", at.rfc3339)
            json.field("screens", screens)
        }
    }
}
