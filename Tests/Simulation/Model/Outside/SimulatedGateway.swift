import Clinic

/// A gateway and the phones behind it: takes texts, fails, reports what becomes of them, and repeats a callback that was not
/// answered with success, some times.
final class SimulatedGateway {
    /// How it is for a while.
    enum Mood: CaseIterable {
        case well
        /// 5xx: it may have taken the text.
        case broken
        /// 429.
        case busy
        /// Takes some texts and answers none.
        case silent
        /// No connection at all.
        case unreachable
        /// The account is refused.
        case locked
    }

    let name: String
    let kind: ContactKind
    let weight: Int
    /// Whether it can say what became of an attempt.
    let canBeAsked: Bool
    /// Whether its callbacks name the hub's attempt, or its own id alone.
    let namesAttempts: Bool
    private unowned let world: World
    private var mood = Mood.well
    private var texts: [AttemptID: (providerID: String, state: DeliveryState)] = [:]

    init(_ world: World, name: String, kind: ContactKind, weight: Int, canBeAsked: Bool, namesAttempts: Bool) {
        self.world = world
        self.name = name
        self.kind = kind
        self.weight = weight
        self.canBeAsked = canBeAsked
        self.namesAttempts = namesAttempts
    }

    /// Is in another mood for a while.
    func turn(_ mood: Mood, for length: Duration) {
        guard self.mood == .well, mood != .well else { return }
        world.fault(.gatewayOutage)
        self.mood = mood
        world.note(.note("\(name) is \(mood) for \(length)"))
        world.after(length) { [self] in
            self.mood = .well
            world.note(.note("\(name) is well"))
        }
    }

    // MARK: Its interface

    func submit(_ attempt: AttemptID, of message: MessageRow, answer: @escaping (SubmitOutcome) -> Void) {
        world.after(world.draw.milliseconds(10...400)) { [self] in
            let (isTaken, answered) = judge()
            let providerID = isTaken ? take(attempt, message) : ""
            // The answer may be overtaken by the first callbacks.
            let wait = world.draw.happens(100_000) ? world.draw.milliseconds(100...9_000) : .milliseconds(5)
            switch answered {
            case .accepted: world.after(wait) { answer(.accepted(providerID: providerID)) }
            case .refused(let error): world.after(wait) { answer(.rejected(error)) }
            case .unclear: world.after(wait) { answer(.unknown(code: "http503")) }
            case .silence: world.fault(.lostAnswer)
            }
        }
    }

    /// What it has of an attempt; nil where it has nothing.
    func ask(_ attempt: AttemptID, answer: @escaping ((providerID: String, state: DeliveryState)?) -> Void) {
        world.after(world.draw.milliseconds(10...400)) { [self] in answer(texts[attempt]) }
    }

    // MARK: What it does

    private enum Answer {
        case accepted
        case refused(DeliveryError)
        /// One that does not say whether it has the text.
        case unclear
        case silence
    }

    private func judge() -> (isTaken: Bool, Answer) {
        switch mood {
        case .broken: return (world.draw.happens(300_000), .unclear)
        case .busy:
            let wait: Duration? = world.draw.happens(500_000) ? .seconds(world.draw.number(1...90)) : nil
            return (false, .refused(DeliveryError(.rateLimited(retryAfter: wait), code: "http429")))
        case .silent: return (world.draw.happens(500_000), .silence)
        case .unreachable: return (false, .refused(DeliveryError(.transient, code: "connectFailed")))
        case .locked: return (false, .refused(DeliveryError(.configuration, code: "http401")))
        case .well: break
        }
        switch world.draw.number(0...999) {
        case 0...9: return (true, .unclear)
        case 10...14: return (false, .unclear)
        case 15...19: return (true, .silence)
        case 20...39: return (false, .refused(DeliveryError(.permanentAddress, code: "noSuchNumber")))
        case 40...44: return (false, .refused(DeliveryError(.permanentContent, code: "filtered")))
        case 45...59: return (false, .refused(DeliveryError(.transient, code: "busy")))
        default: return (true, .accepted)
        }
    }

    private func take(_ attempt: AttemptID, _ message: MessageRow) -> String {
        let providerID = "\(name)-\(attempt.low)"
        texts[attempt] = (providerID, .accepted)
        world.note(.taken(attempt, providerID: providerID))
        let isGood = world.draw.happens(930_000)
        let end: DeliveryState = isGood ? .delivered : world.draw.pick([.undelivered, .failed])
        // Callbacks may come before the answer, one after another or the wrong way round, hours late, twice, or never.
        var at = world.draw.happens(50_000) ? Duration.zero : world.draw.milliseconds(50...4_000)
        if world.draw.happens(300_000) {
            let isOvertaken = world.draw.happens(50_000)
            if isOvertaken { world.fault(.reorderedCallback) }
            report(.sent, attempt, after: isOvertaken ? at + world.draw.milliseconds(6_000...30_000) : at)
        }
        if world.draw.happens(30_000) {
            world.fault(.lateCallback)
            at += world.draw.milliseconds(60_000...900_000)
        } else {
            at += world.draw.milliseconds(0...6_000)
        }
        report(end, attempt, after: at)
        if !isGood { world.after(at) { [self] in texts[attempt]?.state = end } }
        if isGood {
            world.after(at) { [self] in
                texts[attempt]?.state = .delivered
                world.staff.phoneRings(message)
            }
            if world.draw.happens(20_000) { report(.undelivered, attempt, after: at + .seconds(1)) }
        } else if world.draw.happens(100_000) {
            // Late truth.
            report(.delivered, attempt, after: at + world.draw.milliseconds(1_000...60_000))
        }
        return providerID
    }

    private func report(_ state: DeliveryState, _ attempt: AttemptID, after wait: Duration) {
        guard !world.draw.happens(world.scenario.lostCallbackPerMillion) else { return world.fault(.lostCallback) }
        let word = GatewayWord(
            gateway: name, attempt: namesAttempts ? attempt : nil, providerID: texts[attempt]?.providerID, report: state
        )
        post(word, after: wait, tries: 4)
        guard world.draw.happens(60_000) else { return }
        world.fault(.repeatedCallback)
        post(word, after: wait + world.draw.milliseconds(0...90_000), tries: 1)
    }

    private func post(_ word: GatewayWord, after wait: Duration, tries: Int) {
        world.after(wait) { [self] in
            let again = { [self] in
                if tries > 1 { post(word, after: world.draw.milliseconds(5_000...60_000), tries: tries - 1) }
            }
            guard let hub = world.someHub() else { return again() }
            var isAnswered = false
            hub.apply(word) { [self] result in
                guard !isAnswered else { return }
                isAnswered = true
                if case .success = result { world.note(.heard(word)) } else { again() }
            }
            // A hub that dies answers nothing.
            world.after(.seconds(15)) {
                guard !isAnswered else { return }
                isAnswered = true
                again()
            }
        }
    }
}
