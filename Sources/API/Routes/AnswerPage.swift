import Clinic
import Store
import Wire

/// The page behind a one-time link. It knows the brand, the urgency and the code that the text told already: nothing of a
/// patient, and nothing that is not of a closed set of words.
struct AnswerPage {
    let brand: Brand?

    /// No script runs, nothing is loaded but the hub's own style, and the link leaks to nobody.
    private static let policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// The question, to a person who may answer it.
    func question(_ opened: AnswerLinkStore.Opened) -> HTTPResponse {
        guard opened.state == .fresh else { return spent(opened.state) }
        var body = alert(opened)
        switch opened.status {
        case .closed: body += "<p>It is closed. There is nothing to do.</p>"
        case .acknowledged: body += "<p>It was accepted already.</p>"
        case .pending, .delivered, .escalated:
            if opened.role.has(.acknowledgeAlert) { body += button(.acknowledge, "Accept", isMain: true) }
            if opened.role.has(.declineAlert) { body += button(.decline(nil), "Pass on", isMain: false) }
        }
        return page(.ok, body + "<p>What it is about stands in the app, behind your sign-in.</p>")
    }

    /// What the answer came to.
    func done(_ act: AlertAct.Kind, _ opened: AnswerLinkStore.Opened) -> HTTPResponse {
        let sentence = act == .acknowledge ? "You accepted it. Open the app to finish it." : "You passed it on."
        return page(.ok, alert(opened) + "<p role=\"status\"><b>\(sentence)</b></p>")
    }

    func refused(_ opened: AnswerLinkStore.Opened) -> HTTPResponse {
        page(.conflict, alert(opened) + "<p>That is not possible any more. Open the app to see where it stands.</p>")
    }

    /// The same for a link that was used and one that is too old.
    func spent(_ state: AnswerLinkStore.State) -> HTTPResponse {
        let sentence = state == .used ? "This link has been used." : "This link is too old."
        return page(.gone, "<h1>\(sentence)</h1><p>Open the app.</p>")
    }

    /// The same for every link that was never made.
    var unknown: HTTPResponse {
        page(.notFound, "<h1>There is no such link.</h1><p>Open the app.</p>")
    }

    private func alert(_ opened: AnswerLinkStore.Opened) -> String {
        let urgency = opened.urgency.rawValue
        return "<h1>Alert \(Self.escaped(opened.code))</h1><p><span class=\"urgency \(urgency)\">\(urgency)</span></p>"
    }

    private func button(_ act: AlertAct, _ label: String, isMain: Bool) -> String {
        let style = isMain ? "" : " class=\"other\""
        return "<form method=\"post\"><input type=\"hidden\" name=\"act\" value=\"\(act.kind.rawValue)\">"
            + "<button\(style)>\(label)</button></form>"
    }

    private func page(_ status: HTTPStatus, _ body: String) -> HTTPResponse {
        let html =
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
            + "<meta name=\"robots\" content=\"noindex, nofollow\"><title>\(Self.escaped(brand?.description ?? "Alert"))</title>"
            + "<link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/assets/answer.css\"><body>\(body)</body></html>"
        var response = HTTPResponse(status, contentType: "text/html; charset=utf-8", body: Array(html.utf8))
        response.fields.set("Content-Security-Policy", Self.policy)
        response.fields.set("Referrer-Policy", "no-referrer")
        response.fields.set("Cache-Control", "no-store")
        response.fields.set("X-Robots-Tag", "noindex, nofollow")
        response.fields.set("Cross-Origin-Opener-Policy", "same-origin")
        return response
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
