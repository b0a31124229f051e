package import Clinic
package import Outbound

/// A way out to people: how a message is handed over, what the answer means, and how a callback is believed.
///
/// A gateway holds its configuration and keys and nothing that changes with a message; one value serves every loop. To add
/// one: a type in a folder of its own, and its registration in `GatewayTable` (Protocol/decisions/0010).
package protocol Gateway: Sendable {
    /// The word in `delivery_attempts.gateway`, in metrics and in the callback's path, `/gateways/<name>/status`.
    var name: String { get }
    /// What it reaches; the dispatcher gives it no other messages.
    var kind: ContactKind { get }
    /// What the gateway can do, for the dispatcher's choice.
    var capabilities: GatewayCapabilities { get }

    /// Hands the message over. Runs on the client's loop and returns by the deadline.
    func submit(_ attempt: GatewayAttempt, through client: OutboundClient, deadline: Duration) async -> SubmitOutcome
    /// What a callback says, once its signature is verified; nothing where it says nothing that the hub knows.
    func open(_ callback: GatewayCallback) throws(CallbackRefusal) -> CallbackContent
    /// The answer to a reply's callback that tells its sender something; nil where this gateway takes none.
    func answer(telling text: String) -> CallbackContent.Answer?
    /// What became of an attempt whose answer was lost; asked only where `capabilities` has `query`.
    func reconcile(
        _ attempt: GatewayAttempt, through client: OutboundClient, deadline: Duration
    ) async -> Reconciliation
}

extension Gateway {
    package func answer(telling text: String) -> CallbackContent.Answer? { nil }

    package func reconcile(
        _ attempt: GatewayAttempt, through client: OutboundClient, deadline: Duration
    ) async -> Reconciliation { .unclear }
}

/// A gateway whose submission is one request that needs nothing but the attempt: two pure functions, tested by values.
package protocol OneRequestGateway: Gateway {
    /// The request that hands this message over.
    func request(for attempt: GatewayAttempt) -> OutboundRequest
    /// What the answer to that request, or its absence, means.
    func outcome(of result: OutboundResult) -> SubmitOutcome
}

extension OneRequestGateway {
    package func submit(
        _ attempt: GatewayAttempt, through client: OutboundClient, deadline: Duration
    ) async -> SubmitOutcome {
        await outcome(of: client.perform(request(for: attempt), deadline: deadline))
    }
}

/// What a gateway can do.
package struct GatewayCapabilities: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Reports delivery by callback.
    package static let receipts = GatewayCapabilities(rawValue: 1 << 0)
    /// Takes a time after which a message is not delivered any more.
    package static let validity = GatewayCapabilities(rawValue: 1 << 1)
    /// Recognises a repeated submission.
    package static let idempotency = GatewayCapabilities(rawValue: 1 << 2)
    /// Passes replies on.
    package static let inbound = GatewayCapabilities(rawValue: 1 << 3)
    /// Can be asked what became of a message whose answer was lost.
    package static let query = GatewayCapabilities(rawValue: 1 << 4)

    /// Has a peer of its own for each address, so that one that fails says nothing about the others.
    package static let manyPeers = GatewayCapabilities(rawValue: 1 << 5)

    /// The words of `GET /api/v1/gateways`.
    package var names: [String] {
        let all: [(GatewayCapabilities, String)] = [
            (.receipts, "receipts"), (.validity, "validity"), (.idempotency, "idempotency"), (.inbound, "inbound"),
            (.query, "query"), (.manyPeers, "manyPeers"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// What a gateway says of an attempt whose answer was lost.
package enum Reconciliation: Equatable, Sendable {
    /// It has the message, under this id, and it has come so far.
    case found(providerID: String, state: DeliveryState)
    /// It does not have it, or has given it up: sending it again makes no duplicate.
    case absent
    /// It did not say.
    case unclear
}
