import Clinic
import Testing
import Wire

@testable import HubProtocol

@Suite("HubEvent")
struct HubEventTests {
    private static let at = Timestamp(microseconds: 1_795_169_730_123_000)
    private static let alert = AlertID(high: 5, low: 6)
    private static let doctor = UserID(high: 7, low: 8)
    private static let time = "2026-11-20T10:15:30.123Z"

    private static let events: [(HubEvent, String, String)] = [
        (
            .alertNew(alert: alert, urgency: .critical, room: "ER-12", patientName: PHI("J. Doe")), "alert:new",
            #"{"alertId":"\#(alert)","urgencyLevel":"CRITICAL","room":"ER-12","patientName":"J. Doe"}"#
        ),
        (
            .alertAcknowledged(alert: alert, doctor: doctor, at: at), "alert:acknowledged",
            #"{"alertId":"\#(alert)","doctorId":"\#(doctor)","timestamp":"\#(time)"}"#
        ),
        (
            .patientStatusChanged(patient: PatientID(high: 9, low: 9), status: .beingAttended),
            "patient:status_changed",
            #"{"patientId":"\#(PatientID(high: 9, low: 9))","newStatus":"BEING_ATTENDED"}"#
        ),
        (
            .intakeProcessed(form: IntakeFormID(high: 1, low: 1), isEmergency: true, requiresReview: false),
            "intake:processed",
            #"{"formId":"\#(IntakeFormID(high: 1, low: 1))","isEmergency":true,"requiresReview":false}"#
        ),
        (
            .alertEscalated(alert: alert, step: 2, at: at, nextStepAt: at), "alert:escalated",
            #"{"alertId":"\#(alert)","step":2,"timestamp":"\#(time)","nextStepAt":"\#(time)"}"#
        ),
        (
            .alertEscalated(alert: alert, step: 3, at: at, nextStepAt: nil), "alert:escalated",
            #"{"alertId":"\#(alert)","step":3,"timestamp":"\#(time)"}"#
        ),
        (
            .alertDelivered(alert: alert, doctor: doctor, at: at), "alert:delivered",
            #"{"alertId":"\#(alert)","doctorId":"\#(doctor)","timestamp":"\#(time)"}"#
        ),
        (
            .alertExhausted(alert: alert, at: at), "alert:exhausted",
            #"{"alertId":"\#(alert)","timestamp":"\#(time)"}"#
        ),
        (.alertClosed(alert: alert, at: at), "alert:closed", #"{"alertId":"\#(alert)","timestamp":"\#(time)"}"#),
        (
            .alertDeclined(alert: alert, doctor: doctor, at: at), "alert:declined",
            #"{"alertId":"\#(alert)","doctorId":"\#(doctor)","timestamp":"\#(time)"}"#
        ),
        (
            .alertReminded(alert: alert, doctor: doctor, at: at), "alert:reminded",
            #"{"alertId":"\#(alert)","doctorId":"\#(doctor)","timestamp":"\#(time)"}"#
        ),
        (
            .alertUnaccepted(alert: alert, doctor: doctor, at: at, nextStepAt: at), "alert:unaccepted",
            #"{"alertId":"\#(alert)","doctorId":"\#(doctor)","timestamp":"\#(time)","nextStepAt":"\#(time)"}"#
        ),
        (
            .alertUnaccepted(alert: alert, doctor: nil, at: at, nextStepAt: nil), "alert:unaccepted",
            #"{"alertId":"\#(alert)","timestamp":"\#(time)"}"#
        ),
        (
            .alertSnoozed(alert: alert, by: doctor, until: at, at: at), "alert:snoozed",
            #"{"alertId":"\#(alert)","userId":"\#(doctor)","until":"\#(time)","timestamp":"\#(time)"}"#
        ),
        (
            .alertReopened(alert: alert, urgency: .low, room: nil, patientName: PHI("J. Doe")), "alert:reopened",
            #"{"alertId":"\#(alert)","urgencyLevel":"LOW","room":null,"patientName":"J. Doe"}"#
        ),
        (
            .alertUrgencyRaised(alert: alert, urgency: .critical, at: at), "alert:urgency_raised",
            #"{"alertId":"\#(alert)","urgencyLevel":"CRITICAL","timestamp":"\#(time)"}"#
        ),
        (
            .alertRepeated(alert: alert, urgency: .urgent, count: 2, at: at), "alert:repeated",
            #"{"alertId":"\#(alert)","urgencyLevel":"URGENT","count":2,"timestamp":"\#(time)"}"#
        ),
        (
            .alertInhibited(alert: alert, by: AlertID(high: 1, low: 1), until: at, at: at), "alert:inhibited",
            #"{"alertId":"\#(alert)","byAlertId":"\#(AlertID(high: 1, low: 1))","until":"\#(time)","timestamp":"\#(time)"}"#
        ),
        (
            .alertReleased(alert: alert, at: at, nextStepAt: nil), "alert:released",
            #"{"alertId":"\#(alert)","timestamp":"\#(time)"}"#
        ),
        (
            .clinicMaintenance(
                MaintenanceNotice(
                    window: MaintenanceWindowID(high: 2, low: 2), isActive: true, source: "ocr",
                    suppresses: [.low, .moderate], until: at, at: at)), "clinic:maintenance",
            #"{"windowId":"\#(MaintenanceWindowID(high: 2, low: 2))","isActive":true,"source":"ocr","#
                + #""suppresses":["LOW","MODERATE"],"until":"\#(time)","timestamp":"\#(time)"}"#
        ),
        (
            .operatorNotice(
                OperatorNotice(
                    .scheduleGap, schedule: ScheduleID(high: 3, low: 3), gap: DutyGap(from: at, to: at)),
                isCleared: false, at: at), "operator:notice",
            #"{"kind":"SCHEDULE_GAP","userId":null,"contactId":null,"scheduleId":"\#(ScheduleID(high: 3, low: 3))","#
                + #""gapFrom":"\#(time)","gapTo":"\#(time)","isCleared":false,"timestamp":"\#(time)"}"#
        ),
    ]

    @Test("names and data are the contract's, field for field", arguments: events)
    func data(_ event: HubEvent, _ name: String, _ data: String) {
        #expect(event.kind.rawValue == name)
        #expect(String(decoding: event.encodedData(), as: UTF8.self) == data)
    }

    @Test("an event comes back from its stored payload and the name", arguments: events)
    func stored(_ event: HubEvent, _ name: String, _ data: String) throws {
        let kind = try #require(HubEvent.Kind(rawValue: name))
        let payload = try JSONReader.readObject(event.storedPayload())
        let again = try HubEvent(kind, storedPayload: payload, patientName: PHI("J. Doe"))
        #expect(again == event)
    }

    @Test("the stored payload has no patient's name")
    func nameless() {
        for (event, _, _) in Self.events {
            let payload = String(decoding: event.storedPayload(), as: UTF8.self)
            #expect(!payload.contains("Doe"))
            #expect(!payload.contains("patientName"))
        }
    }

    @Test("a stored payload that is not one names its field", arguments: HubEvent.Kind.allCases)
    func broken(_ kind: HubEvent.Kind) {
        #expect(throws: JSONFieldError.self) {
            try HubEvent(kind, storedPayload: JSONObject(), patientName: PHI("J. Doe"))
        }
    }

    @Test("a new alert is not made without its patient's name")
    func withoutName() throws {
        let payload = try JSONReader.readObject(Self.events[0].0.storedPayload())
        #expect(throws: JSONFieldError(field: "patientName", expected: "string", actual: "nothing")) {
            try HubEvent(.alertNew, storedPayload: payload, patientName: nil)
        }
    }

    @Test("the message is the design's example, byte for byte")
    func message() throws {
        let channel = ChannelName(clinic: try #require(ClinicID("6f1c0000-0000-4000-8000-000000000001")))
        let bytes = EventMessage.encode(
            channel: channel, seq: 42, kind: .alertNew, at: Self.at, data: Self.events[0].0.encodedData())
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                {"type":"event","channel":"clinic:6f1c0000-0000-4000-8000-000000000001","seq":42,"event":"alert:new",\
                "at":"2026-11-20T10:15:30.123Z","data":{"alertId":"00000000-0000-0005-0000-000000000006",\
                "urgencyLevel":"CRITICAL","room":"ER-12","patientName":"J. Doe"}}
                """)
        _ = try JSONReader.readObject(bytes)
    }

    @Test("a name with anything in it stays one JSON text", arguments: ["\"}],", "\\", "\n\u{0}\u{1f}", "李小龍🚑"])
    func hostileName(_ name: String) throws {
        let event = HubEvent.alertNew(alert: Self.alert, urgency: .low, room: name, patientName: PHI(name))
        let text = String(decoding: event.encodedData(), as: UTF8.self)
        #expect(!text.utf8.contains { $0 < 0x20 })
        #expect(text.hasSuffix("\"}"))
        if !name.contains("\u{0}") {
            let object = try JSONReader.readObject(event.encodedData())
            #expect(object["patientName"] == .string(name))
            #expect(object["room"] == .string(name))
        }
    }
}
