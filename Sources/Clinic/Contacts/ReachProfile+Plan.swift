extension ReachProfile {
    /// Why nothing can be sent to the person at all; `nil` where something can.
    package var obstacle: UnreachableReason? {
        let obstacles = contacts.map(\.obstacle)
        guard !obstacles.isEmpty else { return .noContact }
        guard !obstacles.contains(nil) else { return nil }
        // Of several reasons the one that only the person can lift is named.
        for reason in [UnreachableReason.optedOut, .unverified, .voiceNotServed] where obstacles.contains(reason) {
            return reason
        }
        return .noContact
    }

    /// The contacts to use for a page that begins now, soonest first; empty where nothing is to be sent, because of an
    /// obstacle or because the policy leaves this urgency to the screens.
    ///
    /// The first contact is used at once, unless quiet hours hold the page back: a delay is a wait for an answer to what
    /// was sent before.
    ///
    /// - Parameter zone: the rules of a zone; quiet hours in one that is not known are passed over, since silence is
    ///   worse than a disturbed night.
    package func plan(
        _ urgency: UrgencyLevel, _ loudness: Loudness, now: Timestamp, zone: (String) -> TimeZoneRules?
    ) -> [ContactChoice] {
        let usable = contacts.filter { $0.obstacle == nil }
        var planned = chosen(of: usable, urgency, loudness)
        let soonest = planned.map(\.after).min() ?? .zero
        let quiet = loudness.keepsQuiet ? quiet(at: now, loudness, zone) : .zero
        for (index, contact) in planned.enumerated() {
            planned[index] = ContactChoice(
                contact: contact.contact, kind: contact.kind, after: contact.after - soonest + quiet)
        }
        // Contacts of one delay keep the person's order.
        return planned.enumerated().sorted { ($0.element.after, $0.offset) < ($1.element.after, $1.offset) }
            .map(\.element)
    }

    private func chosen(
        of usable: [ReachContact], _ urgency: UrgencyLevel, _ loudness: Loudness
    ) -> [ContactChoice] {
        if loudness.overridesRules {
            return usable.map { ContactChoice(contact: $0.id, kind: $0.kind, after: .zero) }
        }
        let own = rules[urgency].compactMap { rule in
            usable.first { $0.id == rule.contact }
                .map { ContactChoice(contact: $0.id, kind: $0.kind, after: max(rule.after, .zero)) }
        }
        guard own.isEmpty else { return own }
        let first = usable.filter { loudness.kinds.contains($0.kind) }
        let later = usable.filter { loudness.laterKinds.contains($0.kind) && !loudness.kinds.contains($0.kind) }
        let planned =
            first.map { ContactChoice(contact: $0.id, kind: $0.kind, after: .zero) }
            + later.map { ContactChoice(contact: $0.id, kind: $0.kind, after: max(loudness.laterAfter, .zero)) }
        // A policy that wants messages gets one to whoever has another kind of contact than it names.
        let wantsMessages = !loudness.kinds.isEmpty || !loudness.laterKinds.isEmpty
        guard planned.isEmpty, wantsMessages, let only = usable.first else { return planned }
        return [ContactChoice(contact: only.id, kind: only.kind, after: .zero)]
    }

    private func quiet(
        at now: Timestamp, _ loudness: Loudness, _ zone: (String) -> TimeZoneRules?
    ) -> Duration {
        guard let quietHours, let rules = zone(quietHours.zone), let end = quietHours.end(at: now, rules: rules) else {
            return .zero
        }
        let rest = end.duration(since: now)
        return min(rest, loudness.longestQuiet ?? rest)
    }
}
