import Platform

extension BenchHub {
    /// Publishes so many events at a steady pace; when each left. Blocks.
    func timedFanOut(rounds: Int, interval: Duration) throws -> [LoadCommand.Departure] {
        _ = try fanOut(rounds: rounds, interval: interval)
        let loop = loop
        return try waiting { await loop.ask { $0.fanOut?.departures ?? [] } }
    }
}
