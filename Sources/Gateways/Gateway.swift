package import Outbound

/// A way out to phones: how a text is handed over, what the answer means, and how a callback is believed.
///
/// The three functions are pure, so a gateway is tested by values. A gateway holds its configuration and nothing else;
/// one value serves every loop. To add one: a type in a folder of its own, and its registration in `GatewayTable`.
package protocol Gateway: Sendable {
    /// The word in `delivery_attempts.gateway`, in metrics and in the callback's path, `/gateways/<name>/status`.
    var name: String { get }
    /// What the gateway can do, for the dispatcher's choice.
    var capabilities: GatewayCapabilities { get }

    /// The request that hands this text over.
    func request(for attempt: GatewayAttempt) -> OutboundRequest
    /// What the answer to that request, or its absence, means.
    func outcome(of result: OutboundResult) -> SubmitOutcome
    /// What a callback says, once its signature is verified; empty where it says nothing about delivery.
    func events(of callback: GatewayCallback) throws(CallbackRefusal) -> [GatewayEvent]
    /// Hands the text over. Runs on the client's loop and returns by the deadline.
    func submit(_ attempt: GatewayAttempt, through client: OutboundClient, deadline: Duration) async -> SubmitOutcome
}

extension Gateway {
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
    /// Takes a time after which a text is not delivered any more.
    package static let validity = GatewayCapabilities(rawValue: 1 << 1)
    /// Recognises a repeated submission.
    package static let idempotency = GatewayCapabilities(rawValue: 1 << 2)
    /// Passes replies on.
    package static let inbound = GatewayCapabilities(rawValue: 1 << 3)
    /// Can be asked what became of a text.
    package static let query = GatewayCapabilities(rawValue: 1 << 4)
}
