import Platform

/// All screens of the load process. Loop-confined.
final class ScreenSwarm {
    let arrivals = Arrivals()
    /// What the screens that are being opened say first.
    private(set) var greeting: Greeting?
    private let reactor: Reactor
    private var tls: ScreenTLS.Context?
    private var isSecure = false
    private var screens: [Screen] = []
    private var port: UInt16 = 0
    private var toOpen = 0
    private var opening = 0
    private var began = MonotonicTime.now()
    private var answer: ((String) -> Void)?
    private static let openedAtOnce = 128

    init(_ reactor: Reactor) { self.reactor = reactor }

    /// Opens `count` more, some at a time; answers `ok` and the seconds it took.
    func open(
        _ count: Int, port: UInt16, greeting: Greeting, isSecure: Bool, then answer: @escaping (String) -> Void
    ) {
        self.greeting = greeting
        if tls == nil, isSecure { tls = ScreenTLS.Context() }
        self.isSecure = isSecure
        self.port = port
        self.answer = answer
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
                screens.append(try Screen(reactor, self, port: port, tls: isSecure ? tls : nil))
            } catch {
                return failed("\(error)")
            }
        }
        if toOpen == 0, opening == 0 { finish("ok \(began.duration(to: .now()).inMilliseconds / 1000)") }
    }

    private func finish(_ text: String) {
        opening = 0
        answer?(text)
        answer = nil
    }
}
