import Clinic
import Hub
import Store
import Wire

/// One-time links: GET shows the question and changes nothing, whoever follows it, and POST answers once.
struct AnswerRoutes {
    let hub: ClinicHub
    let brand: Brand?

    var routes: [Route] {
        [
            Route(.get, "/a/{token}", isOpen: true) { [self] context throws(Problem) in try await ask(context) },
            Route(.post, "/a/{token}", isOpen: true) { [self] context throws(Problem) in try await answer(context) },
        ]
    }

    private var page: AnswerPage { AnswerPage(brand: brand) }

    private func ask(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        guard let (_, opened) = try await open(context) else { return page.unknown }
        return page.question(opened)
    }

    private func answer(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        guard let (token, opened) = try await open(context) else { return page.unknown }
        guard let form = URLEncodedForm(context.request.body),
            let act = form["act"].flatMap(AlertAct.Kind.init(rawValue:)), act == .acknowledge || act == .decline
        else {
            throw Problem(
                .badRequest, "invalid-parameter", "The form's act must be acknowledge or decline.", field: "act")
        }
        guard opened.role.has(act.right) else { throw Problem.forbidden(opened.role.rawValue, act.phrase) }
        guard opened.state == .fresh else { return page.spent(opened.state) }
        var tenant = TenantContext(
            clinic: opened.clinic, actor: .user(opened.user, opened.role), ipAddress: context.address,
            sessionID: context.requestID)
        tenant.way = .link
        do {
            switch try await hub.answer(token, opened, act == .acknowledge ? .acknowledge : .decline(nil), tenant) {
            case .done: return page.done(act, opened)
            case .spent(let state): return page.spent(state)
            }
        } catch {
            if case .refused = error { return page.refused(opened) }
            throw Problem(error)
        }
    }

    private func open(_ context: RequestContext) async throws(Problem) -> (AnswerToken, AnswerLinkStore.Opened)? {
        guard let token = context.parameters["token"].flatMap({ AnswerToken($0) }) else { return nil }
        do {
            return (token, try await hub.store.links.open(token))
        } catch {
            if case .notFound = error { return nil }
            throw Problem(error)
        }
    }
}
