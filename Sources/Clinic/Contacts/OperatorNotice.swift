/// Something that somebody must put right before the next alert needs it.
package enum NoticeKind: String, CaseIterable, Hashable, Sendable {
    /// A person who may be paged can be reached by no message.
    case personUnreachable = "PERSON_UNREACHABLE"
    /// A contact whose owner did not confirm it.
    case contactUnverified = "CONTACT_UNVERIFIED"
    /// A contact whose owner asked for silence.
    case contactOptedOut = "CONTACT_OPTED_OUT"
    /// The last message to a contact failed for good.
    case contactFailing = "CONTACT_FAILING"
    /// A contact of a kind that no gateway of the hub reaches.
    case contactNotServed = "CONTACT_NOT_SERVED"
    /// A phone sent too many wrong codes: what it replies is not heard for a while. Somebody may be guessing.
    case repliesLocked = "REPLIES_LOCKED"
    /// Alerts are open that nobody has touched for longer than their policies allow.
    case alertsForReview = "ALERTS_FOR_REVIEW"
    /// Very many alerts come at once: texts are bundled, or the clinic has more than its policy expects.
    case alertStorm = "ALERT_STORM"
    /// Nobody is on call for a while within the next days.
    case scheduleGap = "SCHEDULE_GAP"
    /// Uploaded forms wait, since what reads them is not there.
    case intakeReaderMissing = "INTAKE_READER_MISSING"
}

/// One notice: what it is about, by ids alone.
package struct OperatorNotice: Hashable, Sendable {
    package let kind: NoticeKind
    package let user: UserID?
    package let contact: ContactID?
    package let schedule: ScheduleID?
    /// The next gap of the schedule.
    package let gap: DutyGap?

    package init(
        _ kind: NoticeKind, user: UserID? = nil, contact: ContactID? = nil, schedule: ScheduleID? = nil,
        gap: DutyGap? = nil
    ) {
        self.kind = kind
        self.user = user
        self.contact = contact
        self.schedule = schedule
        self.gap = gap
    }

    /// Equal for notices about one thing: a schedule has one notice, whatever the number of its gaps.
    package var subject: String {
        switch kind {
        case .personUnreachable: user?.description ?? ""
        case .contactUnverified, .contactOptedOut, .contactFailing, .contactNotServed,
            .repliesLocked:
            contact?.description ?? ""
        case .alertsForReview, .alertStorm: ""
        case .scheduleGap: schedule?.description ?? ""
        case .intakeReaderMissing: "intake"
        }
    }
}
