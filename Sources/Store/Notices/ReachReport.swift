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
    /// Contacts whose replies are not heard at the moment.
    package let notHeard: Set<ContactID>
    /// Whether an alert is open and nobody has touched it for longer than its policy allows.
    package let hasAlertsForReview: Bool
    /// Whether very many alerts come at once.
    package let isStorm: Bool
    package let now: Timestamp

    /// What somebody must put right, where any kind of contact can be served.
    package var notices: [OperatorNotice] { notices(served: Set(ContactKind.allCases)) }

    /// What somebody must put right, where the hub's gateways reach these kinds of contact alone.
    package func notices(served: Set<ContactKind>) -> [OperatorNotice] {
        var notices: [OperatorNotice] = []
        for person in people where person.isPaged {
            let usable = person.contacts.filter { $0.reach.obstacle == nil }
            if person.obstacle != nil || !usable.contains(where: { served.contains($0.kind) }) {
                notices.append(OperatorNotice(.personUnreachable, user: person.id))
            }
            for contact in person.contacts {
                let isServed = contact.reach.obstacle != nil || served.contains(contact.kind)
                guard let kind = contact.noticeKind(at: now) ?? (isServed ? nil : .contactNotServed) else { continue }
                notices.append(OperatorNotice(kind, user: person.id, contact: contact.id))
            }
        }
        for person in people {
            for contact in person.contacts where notHeard.contains(contact.id) {
                notices.append(OperatorNotice(.repliesLocked, user: person.id, contact: contact.id))
            }
        }
        if hasAlertsForReview { notices.append(OperatorNotice(.alertsForReview)) }
        if isStorm { notices.append(OperatorNotice(.alertStorm)) }
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
