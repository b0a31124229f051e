import Clinic
import Cryptography
import Gateways
import Hub
import Platform
import Store
import Wire

/// What gateways call: reports on messages, and what people answer. Believed by their signature alone; they bear no token.
struct GatewayRoutes {
    let hub: ClinicHub
    let gateways: GatewayTable
    /// Opens what a reply is answered with; nil answers nothing.
    let brand: Brand?

    var routes: [Route] {
        // Some gateways are told two URLs, some send everything to one.
        [
            Route(.post, "/gateways/{name}/status", isOpen: true) { [self] context throws(Problem) in
                try await take(context)
            },
            Route(.post, "/gateways/{name}/inbound", isOpen: true) { [self] context throws(Problem) in
                try await take(context)
            },
        ]
    }

    private func take(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        guard let gateway = context.parameters["name"].flatMap({ gateways[$0] }) else {
            throw Problem.notFound("gateway")
        }
        let request = context.request
        let content: CallbackContent
        do {
            content = try gateway.open(
                GatewayCallback(
                    target: request.head.rawTarget, fields: request.head.fields, body: request.body,
                    receivedAt: Timestamp(microseconds: WallTime.now().microseconds)))
        } catch {
            hub.counters.callbacksRefused &+= 1
            Log.warning(
                "callback refused", ["gateway": gateway.name, "reason": "\(error)", "address": context.address])
            throw error.problem
        }
        for event in content.events { try await apply(event, of: gateway, request) }
        var answer = content.answer
        for text in content.texts {
            if let reply = try await take(text, of: gateway) {
                answer = try await tell(reply, to: text.from, through: gateway) ?? answer
            }
        }
        guard let answer else { return HTTPResponse(.noContent) }
        return HTTPResponse(.ok, contentType: answer.contentType, body: Array(answer.body.utf8))
    }

    private func apply(_ event: GatewayEvent, of gateway: any Gateway, _ request: HTTPRequest) async throws(Problem) {
        // What the hub itself says of an attempt is nobody else's to report.
        guard event.state.rank >= DeliveryState.accepted.rank, event.state != .rejected else { return }
        let callback = DeliveryCallback(
            gateway: gateway.name, eventKey: event.key, attempt: event.attempt, report: event.state,
            errorCode: event.error?.code, providerID: event.providerID.isEmpty ? nil : event.providerID,
            rawHash: SHA256.hash(request.body))
        do {
            guard let applied = try await hub.store.callbacks.apply(callback) else {
                // Answered like any other: repeating it would not help the gateway.
                hub.counters.callbacksKept &+= 1
                return Log.info("callback kept for its attempt", ["gateway": gateway.name])
            }
            if applied.isNews {
                hub.counters.callbacksApplied &+= 1
                hub.took(
                    GatewayReport(
                        gateway: gateway.name, state: event.state, after: applied.after,
                        error: event.error?.errorClass))
            }
            if let advance = applied.advance { hub.took(advance) }
            if applied.isNews, event.error?.errorClass == .optedOut, let contact = applied.contact {
                await hub.noteOptedOut(contact, of: applied.user, in: applied.clinic)
            }
        } catch {
            throw Problem(error)
        }
    }

    private func take(_ text: InboundText, of gateway: any Gateway) async throws(Problem) -> PhoneAnswer? {
        hub.counters.repliesReceived &+= 1
        do {
            return try await hub.take(text, from: gateway.name).answer
        } catch {
            throw Problem(error)
        }
    }

    /// Tells the sender what became of the reply: in the callback's own answer where the gateway takes one, else by a
    /// message.
    private func tell(
        _ answer: PhoneAnswer, to phone: PhoneNumber, through gateway: any Gateway
    ) async throws(Problem) -> CallbackContent.Answer? {
        guard let brand else { return nil }
        if let inline = gateway.answer(telling: answer.text(brand)) { return inline }
        do {
            try await hub.send(answer, to: phone)
            return nil
        } catch {
            throw Problem(error)
        }
    }
}

extension ClinicHub.TextOutcome {
    /// What the sender is told; nil where silence is best: carriers answer STOP, START and HELP themselves, and who guesses
    /// learns nothing.
    fileprivate var answer: PhoneAnswer? {
        switch self {
        case .acted(.acknowledge, let code): PhoneAnswer(.accepted, code)
        case .acted(.decline, let code): PhoneAnswer(.passedOn, code)
        case .acted(_, let code): PhoneAnswer(.noted, code)
        case .refused(let code): PhoneAnswer(.tooLate, code)
        case .wrongCode: PhoneAnswer(.wrongCode, nil)
        case .repeated, .locked, .unreadable, .stopped, .started, .helped: nil
        }
    }
}

extension CallbackRefusal {
    fileprivate var problem: Problem {
        switch self {
        case .forged, .foreignAccount, .stale:
            Problem(.forbidden, "forged-callback", "The callback's signature is not valid here; nothing was changed.")
        case .malformed:
            Problem(.badRequest, "malformed-callback", "The callback names no attempt or state; nothing was changed.")
        }
    }
}
