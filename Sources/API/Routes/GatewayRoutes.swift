import Clinic
import Cryptography
import Gateways
import Hub
import Platform
import Store
import Wire

/// The gateways' callbacks. Believed by their signature alone; they bear no token.
struct GatewayRoutes {
    let hub: ClinicHub
    let gateways: GatewayTable

    var routes: [Route] {
        [
            Route(.post, "/gateways/{name}/status", isOpen: true) { [self] context throws(Problem) in
                try await status(context)
            }
        ]
    }

    private func status(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        guard let gateway = context.parameters["name"].flatMap({ gateways[$0] }) else {
            throw Problem.notFound("gateway")
        }
        let request = context.request
        let events: [GatewayEvent]
        do {
            events = try gateway.events(
                of: GatewayCallback(target: request.head.rawTarget, fields: request.head.fields, body: request.body))
        } catch {
            hub.counters.callbacksRefused &+= 1
            Log.warning(
                "callback refused", ["gateway": gateway.name, "reason": "\(error)", "address": context.address])
            throw error.problem
        }
        for event in events { try await apply(event, of: gateway, request) }
        return HTTPResponse(.noContent)
    }

    private func apply(_ event: GatewayEvent, of gateway: any Gateway, _ request: HTTPRequest) async throws(Problem) {
        guard let report = DeliveryReport(rawValue: event.state.rawValue) else { return }
        let callback = DeliveryCallback(
            gateway: gateway.name, eventKey: event.key, attempt: event.attempt, report: report,
            errorCode: event.error?.code, providerID: event.providerID, rawHash: SHA256.hash(request.body))
        do {
            let applied = try await hub.store.callbacks.apply(callback)
            if applied.isNews { hub.counters.callbacksApplied &+= 1 }
            if let advance = applied.advance { hub.took(advance) }
        } catch {
            // An attempt that nobody knows is answered like any other: repeating it would not help the gateway.
            if error == .notFound(.attempt) {
                Log.warning("callback for no attempt", ["gateway": gateway.name])
                return
            }
            throw Problem(error)
        }
    }
}

extension CallbackRefusal {
    fileprivate var problem: Problem {
        switch self {
        case .forged, .foreignAccount:
            Problem(.forbidden, "forged-callback", "The callback's signature is not valid here; nothing was changed.")
        case .malformed:
            Problem(.badRequest, "malformed-callback", "The callback names no attempt or state; nothing was changed.")
        }
    }
}
