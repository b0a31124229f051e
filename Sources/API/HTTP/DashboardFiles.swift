import Wire

/// The page and its parts, compiled into the binary, with the headers that keep it honest.
struct DashboardFiles {
    private struct File {
        let contentType: String
        let bytes: [UInt8]
    }

    /// Nothing but the hub's own scripts and styles runs; nothing is loaded from or framed by anybody else.
    private let policy: String

    private let files: [String: File] = [
        "/": File(contentType: "text/html; charset=utf-8", bytes: PackageResources.index_html),
        "/assets/answer.css": File(contentType: "text/css; charset=utf-8", bytes: PackageResources.answer_css),
        "/assets/board.css": File(contentType: "text/css; charset=utf-8", bytes: PackageResources.board_css),
        "/intake": File(contentType: "text/html; charset=utf-8", bytes: PackageResources.intake_html),
        "/assets/intake.css": File(contentType: "text/css; charset=utf-8", bytes: PackageResources.intake_css),
        "/assets/intake.js": Self.script(PackageResources.intake_js),
        "/assets/intake-form.js": Self.script(PackageResources.intake_form_js),
        "/assets/main.js": Self.script(PackageResources.main_js),
        "/assets/acts.js": Self.script(PackageResources.acts_js),
        "/assets/api.js": Self.script(PackageResources.api_js),
        "/assets/banner.js": Self.script(PackageResources.banner_js),
        "/assets/board.js": Self.script(PackageResources.board_js),
        "/assets/changes.js": Self.script(PackageResources.changes_js),
        "/assets/connection.js": Self.script(PackageResources.connection_js),
        "/assets/contacts.js": Self.script(PackageResources.contacts_js),
        "/assets/delivery.js": Self.script(PackageResources.delivery_js),
        "/assets/issuer.js": Self.script(PackageResources.issuer_js),
        "/assets/flow.js": Self.script(PackageResources.flow_js),
        "/assets/notices.js": Self.script(PackageResources.notices_js),
        "/assets/oncall.js": Self.script(PackageResources.oncall_js),
        "/assets/operations.js": Self.script(PackageResources.operations_js),
        "/assets/panel.js": Self.script(PackageResources.panel_js),
        "/assets/quiet.js": Self.script(PackageResources.quiet_js),
        "/assets/row.js": Self.script(PackageResources.row_js),
        "/assets/session.js": Self.script(PackageResources.session_js),
        "/assets/sound.js": Self.script(PackageResources.sound_js),
        "/assets/story.js": Self.script(PackageResources.story_js),
        "/assets/time.js": Self.script(PackageResources.time_js),
        "/assets/times.js": Self.script(PackageResources.times_js),
        "/assets/views.js": Self.script(PackageResources.views_js),
        "/assets/words.js": Self.script(PackageResources.words_js),
    ]

    /// - Parameter issuer: the one other origin that the page may ask, for its tokens.
    init(issuer: String? = nil) {
        let origins = ["'self'"] + (issuer.map { [$0] } ?? [])
        policy =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src \(origins.joined(separator: " ")); "
            + "img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    var paths: [String] { files.keys.sorted() }

    /// The file at a path; nil if there is none.
    func response(path: String) -> HTTPResponse? {
        guard let file = files[path] else { return nil }
        var response = HTTPResponse(.ok, contentType: file.contentType, body: file.bytes)
        response.fields.set("Content-Security-Policy", policy)
        response.fields.set("X-Content-Type-Options", "nosniff")
        response.fields.set("Referrer-Policy", "no-referrer")
        response.fields.set("Cross-Origin-Opener-Policy", "same-origin")
        response.fields.set("Cache-Control", "no-cache")
        return response
    }

    private static func script(_ bytes: [UInt8]) -> File {
        File(contentType: "text/javascript; charset=utf-8", bytes: bytes)
    }
}
