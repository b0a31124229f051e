import Glibc
import Platform

/// All screens of the load process. Loop-confined.
final class ScreenSwarm {
    let arrivals = Arrivals()
    /// Told of each new alert that a screen was sent, instead of `arrivals`, while alerts are raised here.
    var trips: AlertTrips?
    /// How long each answer to a question for a sign of life took, in nanoseconds.
    var signsOfLife: [UInt64] = []
    private let reactor: Reactor
    private var screens: [Screen] = []
    private var port: UInt16 = 0
    private var greetings: [Greeting] = []
    private var tls: ScreenTLS.Context?
    private var isSecure = false
    private var toOpen = 0
    private var opening = 0
    private var began = MonotonicTime.now()
    private var processorTime = ProcessorTime.ofThisProcess()
    private var answer: ((String) -> Void)?
    private static let openedAtOnce = 256
    /// Clients come from many addresses. From one alone, the search for a free port would be most of a connect's cost when
    /// there are thousands.
    private let sources: [SocketAddress] = (1...100).compactMap { SocketAddress(host: "127.0.1.\($0)", port: 0) }

    init(_ reactor: Reactor) { self.reactor = reactor }

    /// Opens `count` more, some at a time, the greetings in turn; answers `ok`, the seconds it took, and the seconds of
    /// processor time that this process spent on it.
    func open(
        _ count: Int, port: UInt16, greetings: [Greeting], isSecure: Bool = false,
        then answer: @escaping (String) -> Void
    ) {
        self.greetings = greetings
        if tls == nil, isSecure { tls = ScreenTLS.Context() }
        self.isSecure = isSecure
        self.port = port
        self.answer = answer
        processorTime = .ofThisProcess()
        began = .now()
        toOpen = count
        openMore()
    }

    func ready() {
        opening -= 1
        openMore()
    }

    func failed(_ reason: String) {
        toOpen = 0
        finish("failed \(reason)")
    }

    func take(event: Span<UInt8>, at time: MonotonicTime) {
        if let trips {
            if let alert = EventText.newAlert(in: event) { trips.seen(alert, at: time) }
        } else if let seq = EventText.seq(in: event) {
            arrivals.add(seq, at: time)
        }
    }

    /// Lets so many of the screens ask the hub for a sign of life.
    func askForLife(_ count: Int) {
        for screen in screens.prefix(count) { screen.askForLife() }
    }

    func close() {
        for screen in screens { screen.close() }
        screens.removeAll()
        arrivals.clear()
    }

    private func openMore() {
        while toOpen > 0, opening < Self.openedAtOnce {
            toOpen -= 1
            opening += 1
            do {
                let greeting = greetings[screens.count % greetings.count]
                let source = sources[screens.count % sources.count]
                screens.append(
                    try Screen(
                        reactor, self, port: port, from: source, greeting: greeting, tls: isSecure ? tls : nil))
            } catch {
                return failed("\(error)")
            }
        }
        if toOpen == 0, opening == 0 {
            let spent = ProcessorTime.ofThisProcess().seconds - processorTime.seconds
            finish("ok \(began.duration(to: .now()).inMilliseconds / 1000) \(spent)")
        }
    }

    private func finish(_ text: String) {
        opening = 0
        answer?(text)
        answer = nil
    }
}
