import API
import Transport
import Wire

/// A door for gateways' callbacks alone, in plain HTTP on loopback.
///
/// A demo with TLS needs it: its certificate is for some name, and the local gateway calls 127.0.0.1. A real gateway comes
/// to the public URL, and its certificate must be right.
final class CallbackDoor: RequestHandler {
    private let service: HubService

    init(service: HubService) { self.service = service }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        guard request.head.path.hasPrefix("/gateways/") else {
            return exchange.respond(ProblemResponse.response(.notFound, detail: "Gateways' callbacks alone come here."))
        }
        service.handle(request, exchange)
    }
}
