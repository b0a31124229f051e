package import Clinic

/// The gateways of this hub by name. Filled at start from the settings, then read only.
package struct GatewayTable: Sendable {
    /// A gateway and how it was configured.
    package struct Entry: Sendable {
        package let gateway: any Gateway
        /// Its share of messages among healthy gateways of its kind, 1 to 100.
        package let weight: Int
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    /// Adds a gateway after those that are there. A name twice is a programming mistake.
    package mutating func register(_ gateway: any Gateway, weight: Int = 50) {
        precondition(self[gateway.name] == nil, "two gateways have one name")
        entries.append(Entry(gateway: gateway, weight: min(max(weight, 1), 100)))
    }

    /// The gateway that an attempt, or a callback's path, names; nil if it was removed from the settings since.
    package subscript(name: String) -> (any Gateway)? { entries.first { $0.gateway.name == name }?.gateway }

    package var names: [String] { entries.map(\.gateway.name) }
    package var isEmpty: Bool { entries.isEmpty }

    /// The kinds of contact that somebody can be reached by.
    package var kinds: Set<ContactKind> { Set(entries.map(\.gateway.kind)) }
}
