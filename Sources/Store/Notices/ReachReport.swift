package import Clinic

/// A clinic's reachability at one moment: who could be told if an alert came now, and what is wrong.
package struct ReachReport: Sendable {
    /// One member of staff, as far as reaching goes.
    package struct Person: Sendable, Equatable {
        package let id: UserID
        package let name: String
        package let role: Role
        package let contacts: [ContactRecord]
        package let backup: UserID?
        /// Whether an alert may page this person: doctors, admins, and whoever stands in a schedule.
        package let isPaged: Bool

        /// Why no message can be sent to the person; nil where one can.
        package var obstacle: UnreachableReason? { ReachProfile(contacts: contacts.map(\.reach)).obstacle }
    }

    /// A schedule with its gaps within the horizon.
    package struct Schedule: Sendable, Equatable {
        package let record: ScheduleRecord
        package let gaps: [DutyGap]
    }

    package let people: [Person]
    package let schedules: [Schedule]
    package let now: Timestamp

    /// What somebody must put right.
    package var notices: [OperatorNotice] {
        var notices: [OperatorNotice] = []
        for person in people where person.isPaged {
            if person.obstacle != nil { notices.append(OperatorNotice(.personUnreachable, user: person.id)) }
            for contact in person.contacts {
                guard let kind = contact.noticeKind(at: now) else { continue }
                notices.append(OperatorNotice(kind, user: person.id, contact: contact.id))
            }
        }
        for schedule in schedules {
            guard let gap = schedule.gaps.first else { continue }
            notices.append(OperatorNotice(.scheduleGap, schedule: schedule.record.id, gap: gap))
        }
        return notices
    }
}

extension ContactRecord {
    /// What there is to say about it at this moment; nil for nothing. A code that is still awaited is nothing.
    fileprivate func noticeKind(at now: Timestamp) -> NoticeKind? {
        if optedOutAt != nil { return .contactOptedOut }
        if kind == .voice { return nil }
        guard verifiedAt != nil else {
            let isAwaited = codeExpiresAt.map { now < $0 } ?? false
            return isAwaited ? nil : .contactUnverified
        }
        return isFailing ? .contactFailing : nil
    }
}
