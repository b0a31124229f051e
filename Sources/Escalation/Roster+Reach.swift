package import Clinic

/// Somebody whom a policy may mean, and all that decides how that person is reached: what is stored, before it is known
/// for which page.
package struct MeantPerson: Equatable, Sendable {
    /// What the person was found by; `nil` for staff of a schedule, who are meant only while they are on call.
    package var target: EscalationTarget?
    /// Whether the person accepted an alert.
    package var isAcceptor: Bool
    /// The doctor whose alerts mean this person; `nil` where every alert may.
    package var doctor: UserID?
    package var user: UserID
    /// Whether the person is an active member of staff.
    package var isActive: Bool
    package var profile: ReachProfile

    package init(
        target: EscalationTarget?, isAcceptor: Bool = false, doctor: UserID? = nil, user: UserID, isActive: Bool,
        profile: ReachProfile
    ) {
        self.target = target
        self.isAcceptor = isAcceptor
        self.doctor = doctor
        self.user = user
        self.isActive = isActive
        self.profile = profile
    }
}

extension Roster {
    /// Resolves the people of a policy for a plan at `now` on an alert of this urgency. Those who are meant by other doctors'
    /// alerts, or accepted other alerts, may stand among them.
    ///
    /// - Parameters:
    ///   - people: in the order in which those of one target are to be named.
    ///   - onDuty: who is on call now; a schedule that is missing has nobody.
    ///   - doctor, accepted: the alert's assigned doctor, and who accepted it.
    ///   - zone: the rules of a zone, for quiet hours.
    package init(
        _ people: [MeantPerson], onDuty: [ScheduleID: UserID], doctor: UserID?, acceptor accepted: UserID?,
        policy: EscalationPolicy, urgency: UrgencyLevel, now: Timestamp, zone: (String) -> TimeZoneRules?
    ) {
        let loudness = Loudness(policy, urgency)
        var candidates: [EscalationTarget: [Candidate]] = [:]
        var acceptor: Candidate?
        var byUser: [UserID: Candidate] = [:]
        for person in people {
            if let theirs = person.doctor, theirs != doctor { continue }
            if person.isAcceptor, person.user != accepted { continue }
            let candidate = Candidate(user: person.user, reach: person.reach(urgency, loudness, now: now, zone: zone))
            byUser[person.user] = candidate
            if person.isAcceptor { acceptor = candidate }
            if let target = person.target { candidates[target, default: []].append(candidate) }
        }
        for (schedule, user) in onDuty {
            candidates[.schedule(schedule)] = [
                byUser[user] ?? Candidate(user: user, reach: .unreachable(.inactive))
            ]
        }
        self.init(candidates: candidates, acceptor: acceptor)
    }
}

extension MeantPerson {
    fileprivate func reach(
        _ urgency: UrgencyLevel, _ loudness: Loudness, now: Timestamp, zone: (String) -> TimeZoneRules?
    ) -> Candidate.Reach {
        guard isActive else { return .unreachable(.inactive) }
        if let obstacle = profile.obstacle { return .unreachable(Unreachable(obstacle)) }
        return .contacts(
            profile.plan(urgency, loudness, now: now, zone: zone).map {
                PlannedContact(kind: $0.kind, contact: $0.contact, after: $0.after)
            })
    }
}

extension Loudness {
    /// What a policy says for an urgency.
    package init(_ policy: EscalationPolicy, _ urgency: UrgencyLevel) {
        let rules = policy.urgencies[urgency]
        let overrides = policy.steps.contains { $0.userRules == .overrideForCritical }
        self.init(
            kinds: Set(rules.channels.compactMap(\.contact)), laterKinds: Set(rules.then.compactMap(\.contact)),
            laterAfter: rules.thenAfter ?? .zero, keepsQuiet: rules.quietHours == .deferUntilEnd,
            longestQuiet: rules.maxDefer, overridesRules: urgency == .critical && overrides)
    }

    /// Whether the policy wants messages at all, and not the screens alone.
    package var wantsMessages: Bool { !kinds.isEmpty || !laterKinds.isEmpty }
}
