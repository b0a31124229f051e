import Clinic
import Escalation

/// The people and producers of the clinic: they raise alerts, answer them, or do not, and try again where a hub does not
/// answer.
final class Staff {
    private unowned let world: World
    private var isOver = false
    /// Alerts that somebody may still do something with.
    private var open: [AlertID] = []
    /// How likely a phone that rings is answered, of a million: people differ from seed to seed.
    private let diligence: Int

    init(_ world: World) {
        self.world = world
        diligence = world.draw.pick([50_000, 200_000, 500_000])
    }

    func begin() {
        scheduleRaise()
        scheduleChange()
    }

    func stop() { isOver = true }

    // MARK: Raising

    private func scheduleRaise() {
        world.after(world.about(world.scenario.alertEvery)) { [self] in
            guard !isOver else { return }
            // Alerts come alone, and sometimes many at once.
            for _ in 0..<(world.draw.happens(30_000) ? world.draw.number(3...12) : 1) { raise() }
            scheduleRaise()
        }
    }

    private func raise() {
        let urgency: UrgencyLevel = world.draw.happens(500_000) ? .critical : world.draw.pick(UrgencyLevel.allCases)
        let doctor = world.draw.happens(50_000) ? nil : world.draw.pick(Scenario.doctors)
        raise(urgency, doctor, world.draw.pick(world.scenario.policies), RaiseKey(), tries: 20)
    }

    private func raise(
        _ urgency: UrgencyLevel, _ doctor: UserID?, _ policy: EscalationPolicy, _ key: RaiseKey, tries: Int
    ) {
        repeating(tries: tries) { [self] hub, done in
            hub.raise(urgency: urgency, assignedTo: doctor, policy: policy, key: key) { [self] result in
                if case .success(let alert) = result, !open.contains(alert) {
                    open.append(alert)
                    live(with: alert)
                    done(true)
                } else if case .failure = result {
                    done(false)
                } else {
                    done(true)
                }
            }
        }
    }

    /// What people do about an alert that nobody's phone makes them do.
    private func live(with alert: AlertID) {
        // Everything ends at last.
        world.after(world.draw.milliseconds(20_000...3_000_000)) { [self] in
            give(alert, .closed(by: world.draw.pick(Scenario.everybody)))
            guard world.draw.happens(100_000) else { return open.removeAll { $0 == alert } }
            world.after(world.draw.milliseconds(1_000...120_000)) { [self] in
                give(alert, .reopened(by: Scenario.doctor))
                world.after(world.draw.milliseconds(60_000...900_000)) { [self] in
                    give(alert, .closed(by: Scenario.doctor))
                    open.removeAll { $0 == alert }
                }
            }
        }
        if world.draw.happens(700_000) {
            world.after(world.draw.milliseconds(20...6_000)) { [self] in
                guard let hub = world.someHub() else { return }
                hub.noteSeen(alert)
            }
        }
        for _ in 0..<world.draw.number(0...3) {
            world.after(world.draw.milliseconds(500...900_000)) { [self] in act(on: alert) }
        }
    }

    private func act(on alert: AlertID) {
        let user = world.draw.pick(Scenario.everybody)
        switch world.draw.number(0...11) {
        case 0: give(alert, .escalateNow(by: user), isRepeatable: false)
        case 1: give(alert, .snoozed(by: user, for: .seconds(world.draw.number(1...900))), isRepeatable: false)
        case 2...3: give(alert, .acknowledged(by: user))
        case 4: give(alert, .declined(by: user))
        case 5: give(alert, .workingOnIt(by: user))
        case 6: give(alert, .repeated(urgency: world.draw.pick(UrgencyLevel.allCases)), isRepeatable: false)
        case 7: give(alert, .delivered(to: Scenario.doctor))
        case 8: give(alert, .contactGone(user: user, why: world.draw.pick(Unreachable.allCases)))
        case 9: give(alert, .scheduleEmpty(Scenario.schedule))
        case 10: give(alert, .noLiveScreen)
        default: giveBack(alert)
        }
    }

    private func giveBack(_ alert: AlertID) {
        guard let user = world.tables[alert].state.acceptedBy else { return }
        give(alert, .declined(by: user))
    }

    // MARK: Answering

    /// A text is on somebody's phone.
    func phoneRings(_ message: MessageRow) {
        guard world.draw.happens(diligence) else { return }
        let input: EscalationInput =
            switch world.draw.number(0...9) {
            case 0: .declined(by: message.user)
            case 1: .workingOnIt(by: message.user)
            default: .acknowledged(by: message.user)
            }
        world.after(world.draw.milliseconds(500...60_000)) { [self] in
            give(message.alert, input)
            if case .acknowledged(let user) = input, world.draw.happens(300_000) {
                world.after(world.draw.milliseconds(30_000...900_000)) { [self] in
                    give(message.alert, .workingOnIt(by: user))
                }
            }
        }
    }

    /// By any hub, until it is answered.
    private func give(_ alert: AlertID, _ input: EscalationInput, isRepeatable: Bool = true) {
        repeating(tries: isRepeatable ? 10 : 1) { hub, done in
            hub.advance(alert, input) { result in
                if case .success = result { done(true) } else { done(false) }
            }
        }
    }

    /// Asks a hub again where it does not answer in time, or says that it could not.
    private func repeating(tries: Int, _ ask: @escaping (SimulatedHub, @escaping (Bool) -> Void) -> Void) {
        let again = { [self] in
            guard tries > 1 else { return }
            world.after(world.draw.milliseconds(300...3_000)) { [self] in repeating(tries: tries - 1, ask) }
        }
        guard let hub = world.someHub() else { return again() }
        var isAnswered = false
        world.after(.seconds(10)) {
            guard !isAnswered else { return }
            isAnswered = true
            again()
        }
        ask(hub) { isDone in
            guard !isAnswered else { return }
            isAnswered = true
            if !isDone { again() }
        }
    }

    // MARK: Changes of who is reached

    private func scheduleChange() {
        world.after(world.draw.milliseconds(60_000...1_800_000)) { [self] in
            guard !isOver else { return }
            change()
            scheduleChange()
        }
    }

    private func change() {
        let index = world.draw.number(0...(world.tables.people.count - 1))
        let person = world.tables.people[index]
        switch world.draw.number(0...5) {
        case 0:
            world.tables.onDuty =
                world.draw.happens(300_000) ? [:] : [Scenario.schedule: world.draw.pick(Scenario.doctors)]
            guard world.tables.onDuty.isEmpty else { return }
            for alert in open { give(alert, .scheduleEmpty(Scenario.schedule)) }
        case 1:
            // A STOP from the phone, and START after a while.
            opt(out: true, index)
            world.note(.note("\(person.user.low) opts out"))
            for alert in open { give(alert, .contactGone(user: person.user, why: .optedOut)) }
            world.after(world.draw.milliseconds(30_000...1_200_000)) { [self] in opt(out: false, index) }
        case 2:
            world.tables.people[index].isActive = false
            world.after(world.draw.milliseconds(30_000...600_000)) { [self] in
                world.tables.people[index].isActive = true
            }
        default: replayDeadLetter()
        }
    }

    private func opt(out: Bool, _ index: Int) {
        world.tables.people[index].profile.contacts = world.tables.people[index].profile.contacts.map {
            ReachContact(id: $0.id, kind: $0.kind, isVerified: $0.isVerified, isOptedOut: out)
        }
    }

    private func replayDeadLetter() {
        let dead = world.tables.messages.suffix(200).filter { $0.deadAt != nil }
        guard !dead.isEmpty, let hub = world.someHub() else { return }
        hub.replay(world.draw.pick(dead).id)
    }
}
