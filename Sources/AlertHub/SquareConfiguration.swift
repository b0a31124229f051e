import Billing
import Hub
import Outbound
import Platform
import Settings

/// How this hub reads the clinics' orders at Square. A value.
struct SquareConfiguration: Sendable {
    private let settings: Settings.Square
    /// Of one page of orders.
    private static let pageBytes = 16 << 20

    init(_ settings: Settings.Square) { self.settings = settings }

    /// Who reads for this process; nil where it leaves that to others.
    func engine(reactor: Reactor, hub: ClinicHub) throws -> SquareEngine? {
        guard settings.concurrentClinics > 0 else { return nil }
        var outbound = OutboundLimits()
        outbound.maximumBodyBytes = Self.pageBytes
        var limits = SquareEngine.Limits()
        limits.concurrent = settings.concurrentClinics
        limits.interval = .seconds(settings.intervalSeconds)
        limits.call = .seconds(settings.callSeconds)
        limits.past = .seconds(settings.pastDays * 86_400)
        return SquareEngine(
            reactor: reactor, hub: hub, client: try OutboundClient(reactor: reactor, limits: outbound),
            api: SquareAPI(baseURL: settings.baseURL, version: settings.version, orders: settings.pageOrders),
            limits: limits)
    }
}
