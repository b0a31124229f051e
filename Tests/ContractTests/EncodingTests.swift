import Clinic
import HubProtocol
import TestSupport
import Testing
import Wire

@Suite("What the hub encodes")
struct EncodingTests {
    private static let at = Timestamp(microseconds: 1_795_169_730_123_456)
    private static let clinic = ClinicID(high: 1, low: 2)
    private static let channel = ChannelName(clinic: clinic)
    private static let alert = AlertID(high: 0xABCD_EF01_2345_6789, low: .max)
    private static let user = UserID(high: 7, low: 8)
    private static let position = Position(epoch: EpochID(high: 3, low: 4), seq: 42)

    private static func open(_ status: AlertStatus, room: String?, next: Timestamp?) -> OpenAlert {
        OpenAlert(
            alert: alert, urgency: .critical, room: room, patientName: PHI("J. \"Doe\"\n"), status: status,
            createdAt: at, escalatesAt: next, step: next == nil ? 0 : 2, isExhausted: room == nil)
    }

    private static func subscribed(
        _ recovery: Subscribed.Recovery, tag: MessageTag? = .number(.min), waits: PerUrgency<Duration?>? = nil
    ) -> ServerMessage {
        .subscribed(
            Subscribed(tag: tag, channel: channel, position: position, recovery: recovery, firstWaits: waits))
    }

    private static func welcome(heartbeat: Duration, tokenExpiresAt: Timestamp?) -> ServerMessage {
        .welcome(
            Welcome(
                session: SessionID(high: 5, low: 6), serverTime: at, heartbeat: heartbeat,
                tokenExpiresAt: tokenExpiresAt, maximumMessageBytes: 65_536, maximumChannels: 64))
    }

    private static let replies: [Reply] =
        AlertAct.Kind.allCases.flatMap { act in AlertStatus.allCases.map { Reply.acted(act, alert, status: $0) } }
        + [
            .unsubscribed(channel), .authenticated(expiresAt: at), .authenticated(expiresAt: nil),
            .pong(serverTime: at),
        ]

    private static let messages: [ServerMessage] =
        [
            welcome(heartbeat: .seconds(15), tokenExpiresAt: at),
            welcome(heartbeat: .milliseconds(250), tokenExpiresAt: nil),
            subscribed(.recovered), subscribed(.recovered, tag: nil, waits: PerUrgency(all: .seconds(15))),
            subscribed(.snapshot([]), tag: .text("a"), waits: PerUrgency(all: nil)),
            subscribed(.snapshot(AlertStatus.allCases.map { open($0, room: "ER-12", next: at) })),
            subscribed(.snapshot([open(.pending, room: nil, next: nil)], isTruncated: true)),
            .heartbeat(serverTime: at, heads: []), .heartbeat(serverTime: at, heads: [], lateness: .seconds(16)),
            .heartbeat(serverTime: at, heads: [ChannelHead(channel: channel, seq: .max)]),
            .tokenExpiring(at: at),
        ] + replies.map { .reply(tag: .text("x"), $0) }
        + replies.map { .reply(tag: nil, $0) }
        + ErrorCode.allCases.map { .error(tag: .number(1), code: $0, message: "Why.") }

    private static let events: [HubEvent] =
        UrgencyLevel.allCases.map { .alertNew(alert: alert, urgency: $0, room: "ER-12", patientName: PHI("李小龍")) }
        + PatientStatus.allCases.map { .patientStatusChanged(patient: PatientID(high: 9, low: 9), status: $0) }
        + [
            .alertNew(alert: alert, urgency: .low, room: nil, patientName: PHI("")),
            .alertAcknowledged(alert: alert, doctor: user, at: at),
            .intakeProcessed(form: IntakeFormID(high: 1, low: 1), isEmergency: true, requiresReview: false),
            .alertEscalated(alert: alert, step: 2, at: at, nextStepAt: at),
            .alertEscalated(alert: alert, step: 3, at: at, nextStepAt: nil),
            .alertDelivered(alert: alert, doctor: user, at: at), .alertExhausted(alert: alert, at: at),
            .alertClosed(alert: alert, at: at), .alertDeclined(alert: alert, doctor: user, at: at),
            .alertReminded(alert: alert, doctor: user, at: at),
            .alertUnaccepted(alert: alert, doctor: user, at: at, nextStepAt: at),
            .alertUnaccepted(alert: alert, doctor: nil, at: at, nextStepAt: nil),
            .alertSnoozed(alert: alert, by: user, until: at, at: at),
            .alertReopened(alert: alert, urgency: .low, room: nil, patientName: PHI("")),
            .alertUrgencyRaised(alert: alert, urgency: .critical, at: at),
            .alertRepeated(alert: alert, urgency: .critical, count: 2, at: at),
            .alertInhibited(alert: alert, by: alert, until: at, at: at),
            .alertInhibited(alert: alert, by: nil, until: at, at: at),
            .alertReleased(alert: alert, at: at, nextStepAt: at),
            .clinicMaintenance(
                MaintenanceNotice(
                    window: MaintenanceWindowID(high: 2, low: 2), isActive: false, source: nil, suppresses: [.low],
                    until: at, at: at)),
            .operatorNotice(
                OperatorNotice(.contactFailing, user: user, contact: ContactID(high: 1, low: 2)), isCleared: true,
                at: at),
        ]
        + NoticeKind.allCases.map { kind in
            .operatorNotice(
                OperatorNotice(kind, schedule: ScheduleID(high: 4, low: 4), gap: DutyGap(from: at, to: at)),
                isCleared: false, at: at)
        }

    /// The schema of a message; a new kind of message does not compile until it is named here.
    private static func schema(of message: ServerMessage) -> String {
        switch message {
        case .welcome: "Welcome"
        case .subscribed: "Subscribed"
        case .heartbeat: "Heartbeat"
        case .reply: "Reply"
        case .error: "Error"
        case .tokenExpiring: "TokenExpiring"
        }
    }

    @Test("every message is by its schema, and by the union", arguments: messages)
    func message(_ message: ServerMessage) {
        #expect(Contract.validate(message.encoded(), against: Self.schema(of: message)) == [])
        #expect(Contract.validate(message.encoded(), against: "ServerMessage") == [])
    }

    @Test("every event is by its schema", arguments: events)
    func event(_ event: HubEvent) {
        let bytes = EventMessage.encode(
            channel: Self.channel, seq: 1, kind: event.kind, at: Self.at, data: event.encodedData())
        #expect(Contract.validate(bytes, against: "Event") == [])
        #expect(Contract.validate(bytes, against: "ServerMessage") == [])
    }

    @Test("no kind of message, reply or event was left out")
    func complete() throws {
        #expect(Set(Self.events.map(\.kind)) == Set(HubEvent.Kind.allCases))
        let union = try JSONReader.read(Contract.bytes("Protocol/schemas/ServerMessage.json"))
        let names = try #require(union["oneOf"]?.arrayValue).compactMap { $0["$ref"]?.stringValue }
        let encoded = Set(Self.messages.map { Self.schema(of: $0) + ".json" })
        #expect(encoded.union(["Event.json"]) == Set(names))
    }

    @Test("an event whose data is another event's is not by the schema")
    func mixed() {
        let data = HubEvent.alertClosed(alert: Self.alert, at: Self.at).encodedData()
        let bytes = EventMessage.encode(channel: Self.channel, seq: 1, kind: .alertNew, at: Self.at, data: data)
        #expect(Contract.validate(bytes, against: "Event") != [])
    }
}
