/// The gateways of this hub by name, in order of preference. Filled at start from the settings, then read only.
package struct GatewayTable: Sendable {
    private var gateways: [any Gateway] = []

    package init() {}

    /// Adds a gateway after those that are there. A name twice is a programming mistake.
    package mutating func register(_ gateway: any Gateway) {
        precondition(self[gateway.name] == nil, "two gateways have one name")
        gateways.append(gateway)
    }

    /// The gateway that an attempt, or a callback's path, names; nil if it was removed from the settings since.
    package subscript(name: String) -> (any Gateway)? { gateways.first { $0.name == name } }

    package var names: [String] { gateways.map(\.name) }
    package var isEmpty: Bool { gateways.isEmpty }

    /// The gateway for the next attempt: the most preferred one that was not just used, else that one again, for it is
    /// the only one. `excluded` are those whose breaker is open; they are used only if nothing else is left.
    package func choose(after last: String?, excluding excluded: Set<String> = []) -> (any Gateway)? {
        let open = gateways.filter { !excluded.contains($0.name) }
        let candidates = open.isEmpty ? gateways : open
        return candidates.first { $0.name != last } ?? candidates.first
    }
}
