import Clinic
import Escalation

/// Everything of one seed: the virtual clock, the database, the hubs, the gateways, the people, and what goes wrong.
///
/// One thread, one order of events: the same seed is the same run.
final class World {
    /// The true time, which no clock has but those that only measure.
    private(set) var now: Timestamp
    /// How far the database's clock is from it: that clock is the one of all that is stored, and it jumps.
    private var clockError = Duration.zero
    var draw: SplitMix
    private(set) var scenario: Scenario
    let plant: Plant?
    let tables: SimulatedDatabase
    private(set) var gateways: [SimulatedGateway] = []
    private(set) var hubs: [SimulatedHub] = []
    private var agenda = Agenda()
    private let watch: (Timestamp, Fact) -> Bool
    private var isOver = false
    private var nobodySince: Timestamp?
    /// Holders whose hub is dead and whose session the server still believes in.
    private var dying: Set<Int> = []
    private var isArranging = false
    private(set) var eventCount = 0

    private(set) lazy var sessions = Sessions(self, tables)
    private(set) lazy var staff = Staff(self)

    /// Friday evening, so that quiet hours begin and end within some hours.
    static let start = Timestamp(microseconds: 1_795_204_800_000_000)

    /// - Parameter watch: is told everything that can be seen from outside, in order; the world ends when it says false.
    init(seed: UInt64, alertsPerHour: Int, plant: Plant?, watch: @escaping (Timestamp, Fact) -> Bool) {
        now = Self.start
        draw = SplitMix(seed: seed &* 0x2545_f491_4f6c_dd1d)
        scenario = Scenario(&draw, alertsPerHour: alertsPerHour)
        self.plant = plant
        self.watch = watch
        tables = SimulatedDatabase(now: Self.start)
        tables.people = scenario.people(&draw)
        tables.onDuty = [Scenario.schedule: Scenario.onCall]
        tables.skipsFence = plant == .skipFence
        tables.journal = { [unowned self] in note($0) }
        for number in 0..<scenario.gateways {
            gateways.append(
                SimulatedGateway(
                    self, name: "sms\(number)", kind: .sms, weight: draw.number(1...3),
                    canBeAsked: draw.happens(500_000), namesAttempts: draw.happens(500_000)))
        }
        if scenario.hasPush {
            gateways.append(
                SimulatedGateway(
                    self, name: "push", kind: .push, weight: 1, canBeAsked: false, namesAttempts: true))
        }
        hubs = (0..<scenario.hubs).map { SimulatedHub($0, self) }
    }

    /// Lives for so long, then calms down: nothing new is raised and nothing fails any more, and what was begun ends.
    func run(for length: Duration, calm: Duration) {
        nobodySince = tables.now
        for hub in hubs { hub.start() }
        staff.begin()
        scheduleFault()
        let end = now.advanced(by: length)
        advance(to: end)
        staff.stop()
        scenario.faultEvery = nil
        scenario.failurePerMillion = 0
        scenario.crashPerMillion = 0
        advance(to: end.advanced(by: calm))
        // What is still to happen holds those to whom it would.
        agenda = Agenda()
        sessions.end()
    }

    private func advance(to end: Timestamp) {
        while !isOver, let (at, act) = agenda.next(until: end) {
            now = at
            tables.now = at.advanced(by: clockError)
            eventCount += 1
            act()
        }
        now = end
        tables.now = end.advanced(by: clockError)
    }

    // MARK: Time

    func at(_ moment: Timestamp, _ act: @escaping () -> Void) { agenda.add(at: max(moment, now), act) }

    func after(_ delay: Duration, _ act: @escaping () -> Void) { at(now.advanced(by: delay), act) }

    /// One way to the database: a millisecond at most, now and then much more.
    func latency() -> Duration {
        draw.happens(5_000) ? draw.microseconds(1_000...60_000) : draw.microseconds(50...1_000)
    }

    /// About `mean`, drawn evenly from the half to one and a half of it.
    func about(_ mean: Duration) -> Duration { mean / 2 + mean * draw.share() }

    /// When the database's clock, as it goes now, will show this.
    func moment(_ shown: Timestamp) -> Timestamp { shown.advanced(by: .zero - clockError) }

    /// Facts are dated as the database is: a promise is of its clock.
    func note(_ fact: Fact) { if !watch(tables.now, fact) { isOver = true } }

    func fault(_ fault: Fault) { note(.fault(fault)) }

    /// - Parameter since: as the database's clock showed it then.
    func interrupted(since: Timestamp, _ what: Interruption) {
        note(.interrupted(since: min(since, tables.now), until: tables.now, what))
    }

    // MARK: Hubs

    /// A hub that a load balancer would choose.
    func someHub() -> SimulatedHub? {
        let up = hubs.filter(\.isUp)
        return up.isEmpty ? nil : draw.pick(up)
    }

    func hubsChanged() {
        let isAnyUp = hubs.contains(where: \.isUp)
        if isAnyUp, let since = nobodySince {
            interrupted(since: since, .allHubsDown)
            nobodySince = nil
        } else if !isAnyUp, nobodySince == nil {
            nobodySince = tables.now
        }
    }

    /// Whether nobody holds the lock of this number.
    func isDead(_ holder: Int) -> Bool {
        let hub = hubs[holder % 10]
        if hub.isUp, hub.holder == holder { return !hub.isHolding }
        return !dying.contains(holder)
    }

    /// The server has noticed that a hub's session is gone.
    func forget(_ holder: Int) {
        dying.remove(holder)
        databaseChanged()
    }

    /// The server was killed, and all sessions with it.
    func forgetHolders() {
        dying = []
        for hub in hubs where hub.isUp { hub.listen() }
    }

    /// What a hub had begun is found by others a poll later.
    func hubDied(_ hub: SimulatedHub) {
        if hub.isHolding { dying.insert(hub.holder) }
        interrupted(since: tables.now, .hubCrash)
        note(.hubDied(holder: hub.holder))
    }

    /// Idle hubs look again when their polls would find something; told after each change, once for many of a moment.
    func databaseChanged() {
        guard !isArranging else { return }
        isArranging = true
        after(.zero) { [self] in
            isArranging = false
            for hub in hubs where hub.isUp {
                hub.engine?.databaseChanged()
                hub.dispatcher?.databaseChanged()
            }
        }
    }

    // MARK: Faults

    private func scheduleFault() {
        guard let every = scenario.faultEvery else { return }
        after(about(every)) { [self] in
            guard scenario.faultEvery != nil else { return }
            fault()
            scheduleFault()
        }
    }

    private func fault() {
        switch draw.number(0...15) {
        case 0...1: sessions.stall(for: draw.milliseconds(50...12_000))
        case 2: sessions.kill(for: draw.milliseconds(500...8_000))
        case 3...4: someHub()?.crash()
        case 5: for hub in hubs { hub.crash() }
        case 6: someHub()?.freeze(for: draw.milliseconds(100...45_000))
        case 7: jumpClock()
        case 8: someHub()?.loseSession()
        default:
            let mood = draw.pick(SimulatedGateway.Mood.allCases)
            let length = draw.milliseconds(1_000...300_000)
            if draw.happens(200_000) {
                for gateway in gateways { gateway.turn(mood, for: length) }
            } else {
                draw.pick(gateways).turn(mood, for: length)
            }
        }
    }

    /// What the clock leaps over, nobody can work in; what it shows twice, a plan under way has reckoned from already.
    private func jumpClock() {
        let jump = draw.pick([
            Duration.seconds(-30), .seconds(-2), .milliseconds(-300), .milliseconds(300), .seconds(5), .seconds(600),
        ])
        let before = tables.now
        clockError += jump
        tables.now = before.advanced(by: jump)
        note(.interrupted(since: min(before, tables.now), until: max(before, tables.now), .clockJump))
        fault(.clockJump)
        note(.note("the database's clock jumps by \(jump)"))
        databaseChanged()
    }
}
