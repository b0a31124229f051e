import Platform
import Wire

/// The screens, the posters, and who is hit when. Loop-confined.
final class FireRange {
    let reactor: Reactor
    let port: UInt16
    private(set) var answered = 0
    private var faults: [String] = []
    private var drops = 0
    private var clients: [FireClient] = []
    private var posters: [FirePoster] = []
    private var generator: SeededNumbers
    private var isFiring = false
    private var volleys = 0
    private var nextAlert = 0
    private let size: UnderFire.Size
    private let requests: [(String) -> [UInt8]]
    private static let posterCount = 16

    init(_ reactor: Reactor, hub: HubProcess, clinics: [String], size: UnderFire.Size, seed: UInt64) throws {
        self.reactor = reactor
        self.size = size
        port = hub.port
        generator = SeededNumbers(state: seed)
        requests = try FirePoster.requests(clinics, hub)
        let greetings = try clinics.map { try FireClient.Greeting(clinic: $0, hub) }
        for index in 0..<size.clients {
            clients.append(
                FireClient(self, number: index, clinic: index % clinics.count, greetings[index % clinics.count]))
        }
        for client in clients { client.connect() }
    }

    var areAllSubscribed: Bool { clients.allSatisfy(\.isSubscribed) }
    var isFaulty: Bool { !faults.isEmpty }
    var description: String {
        "\(answered) alerts answered, \(clients.count(where: \.isSubscribed)) of \(clients.count) screens subscribed, "
            + "the last at \(clients.map(\.seq).min() ?? 0), \(faults)"
    }

    func haveAll(_ heads: [Int64]) -> Bool { clients.allSatisfy { $0.seq == heads[$0.clinic] } }

    /// Begins to raise alerts and to drop screens.
    func open() {
        isFiring = true
        for _ in 0..<Self.posterCount {
            let poster = FirePoster(self)
            posters.append(poster)
            poster.connect()
        }
        fire()
    }

    /// From here on nobody is hit.
    func ceaseFire() { isFiring = false }

    /// Some at random each time, and every second a tenth of all at once.
    private func fire() {
        guard isFiring else { return }
        volleys += 1
        let hits = max(1, volleys % 50 == 0 ? clients.count / 10 : clients.count / 500)
        for _ in 0..<hits {
            drops += 1
            clients[Int.random(in: clients.indices, using: &generator)].drop()
        }
        _ = reactor.schedule(after: .milliseconds(20)) { [self] in fire() }
    }

    func fault(_ text: String) { if faults.count < 20 { faults.append(text) } }

    // MARK: The posters

    /// The request of the next alert that nobody has raised; nil when there is none left.
    func takeAlert() -> [UInt8]? {
        guard nextAlert < size.alerts else { return nil }
        defer { nextAlert += 1 }
        return requests[nextAlert % requests.count]("under-fire-\(nextAlert)")
    }

    func noteAnswer() { answered += 1 }

    /// So that not all come back in the same instant.
    func pause() -> Duration { .milliseconds(Int64.random(in: 20...120, using: &generator)) }

    // MARK: The end

    func outcome(comparedWith histories: [CommittedHistory]) -> UnderFire.Outcome {
        var expected: [Int: [Int64: (digest: EventDigest, count: Int)]] = [:]
        var outcome = UnderFire.Outcome()
        for client in clients {
            let began = client.beganAfter
            let history = expected[client.clinic]?[began] ?? histories[client.clinic].digest(after: began)
            expected[client.clinic, default: [:]][began] = history
            outcome.resumes += client.resumes
            outcome.deliveries += client.count
            if client.count != history.count || client.digest != history.digest {
                fault(
                    "screen \(client.number) has \(client.count) events to \(client.seq), not the \(history.count) committed"
                )
            }
        }
        outcome.events = histories.reduce(0) { $0 + $1.digest(after: 0).count }
        outcome.drops = drops
        outcome.faults = faults
        return outcome
    }
}

/// Numbers that are the same for the same seed (SplitMix64).
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
