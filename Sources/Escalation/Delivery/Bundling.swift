package import Clinic

/// Which texts go out by themselves and which are gathered into one, when very many come for one person. Pure.
///
/// A person's first texts within the policy's window go out one by one; every further one waits for a bundle, and so does every
/// one that comes while a bundle gathers. CRITICAL is never bundled and does not count. `Person` is whatever stands for one
/// person's number in one clinic.
package struct Bundling<Person: Hashable & Sendable>: Sendable {
    /// What becomes of a text now.
    package enum Decision: Hashable, Sendable {
        case alone
        /// It waits for the person's bundle: the one that gathers, or one that is begun and leaves after this time.
        case bundled(within: Duration)
        /// Another hub decides for this person just now; look again then.
        case wait(Duration)
    }

    private var ages: [Person: [Duration]] = [:]
    private var gathering: Set<Person> = []
    private var foreign: Set<Person> = []
    private static var foreignWait: Duration { .seconds(1) }

    package init() {}

    /// The person had a text that counts so long ago.
    package mutating func note(_ age: Duration, of person: Person) { ages[person, default: []].append(age) }

    /// A bundle gathers for the person.
    package mutating func noteGathering(for person: Person) { gathering.insert(person) }

    /// Another hub decides for this person.
    package mutating func noteForeign(_ person: Person) { foreign.insert(person) }

    /// Decides for one text after another, in the order in which they would leave.
    ///
    /// - Parameters:
    ///   - isFirstTry: what was handed to a gateway before is never taken back into a bundle.
    ///   - expiresIn: how long the text is still worth sending; its bundle leaves within half of it.
    package mutating func decide(
        _ urgency: UrgencyLevel, _ rules: BundlingRules?, isFirstTry: Bool, expiresIn: Duration, for person: Person
    ) -> Decision {
        guard urgency < .critical, isFirstTry else { return .alone }
        if let rules {
            if foreign.contains(person) { return .wait(Self.foreignWait) }
            let recent = (ages[person] ?? []).count { $0 < rules.window }
            if gathering.contains(person) || recent >= rules.count {
                gathering.insert(person)
                return .bundled(within: min(rules.gather, max(expiresIn, .zero) / 2))
            }
        }
        note(.zero, of: person)
        return .alone
    }
}

/// When a policy bundles the texts of an urgency, and for how long it gathers them.
package struct BundlingRules: Hashable, Sendable {
    /// So many texts to one person within `window` go out by themselves.
    package let count: Int
    package let window: Duration
    /// From the first text of a bundle to its leaving.
    package let gather: Duration

    /// nil where the policy bundles nothing of this urgency; always for CRITICAL, whatever is stored.
    package init?(_ policy: EscalationPolicy, _ urgency: UrgencyLevel) {
        let rules = policy.urgencies[urgency]
        guard urgency < .critical, let longest = rules.bundle else { return nil }
        count = max(policy.storm.perUser.count, 1)
        window = policy.storm.perUser.window
        // A receipt must be able to come before the step ends for the lack of it.
        gather = min(longest, rules.receiptTimeout.map { $0 / 2 } ?? longest)
    }
}
