import Cryptography
import Glibc
import Platform
import Wire

/// An issuer's server in the test's own process: publishes whatever key set it is given, counts who asks, and fails as told.
package final class TestIssuer: Sendable {
    package var port: UInt16 { server.port }
    private let server: BlockingHTTPServer
    private let state = Locked(State())

    private struct State {
        var keys: [JSONValue] = []
        var isDown = false
        var delay = Duration.zero
        var fetches = 0
        /// The challenge of each code that was given out.
        var codes: [String: (challenge: String, redirect: String)] = [:]
        var refreshTokens: Set<String> = []
        var renewals = 0
        var mint: (@Sendable () throws -> String)?
    }

    package init() throws {
        server = try BlockingHTTPServer()
        try server.serve(as: "issuer") { [self] request in response(to: request) }
    }

    package var keySetURL: String { "http://127.0.0.1:\(port)/jwks.json" }

    /// How often the key set was asked for.
    package var fetches: Int { state.withLock { $0.fetches } }

    /// What is published from now on.
    package func publish(_ keys: [IssuerKeys]) { state.withLock { $0.keys = keys.map(\.webKey) } }

    /// Whether it answers with 500.
    package func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    /// How long each answer takes.
    package func delay(by duration: Duration) { state.withLock { $0.delay = duration } }

    /// What it gives to whoever signs in from now on: everybody is let in at once.
    package func letIn(_ mint: @escaping @Sendable () throws -> String) { state.withLock { $0.mint = mint } }

    /// How often a refresh token was exchanged.
    package var renewals: Int { state.withLock { $0.renewals } }

    /// Stops listening.
    package func end() { server.end() }

    private func response(to request: HTTPRequest) -> HTTPResponse {
        switch request.head.path {
        case "/authorize": return authorize(request.head.query)
        case "/token": return token(request)
        case "/jwks.json": break
        default: return HTTPResponse(.notFound)
        }
        let (keys, isDown, delay) = state.withLock { state in
            state.fetches += 1
            return (state.keys, state.isDown, state.delay)
        }
        if delay > .zero { usleep(UInt32(delay / .microseconds(1))) }
        if isDown { return HTTPResponse(.internalServerError) }
        return HTTPResponse(.ok, contentType: "application/json", body: IssuerKeys.set(keys))
    }

    // MARK: Signing in

    private func authorize(_ query: URLEncodedForm) -> HTTPResponse {
        guard query["response_type"] == "code", query["client_id"] == "board", query["code_challenge_method"] == "S256",
            let challenge = query["code_challenge"], let redirect = query["redirect_uri"], let asked = query["state"]
        else { return HTTPResponse(.badRequest) }
        let code = Base64.encodeURL(SecureRandom.bytes(12))
        state.withLock { $0.codes[code] = (challenge, redirect) }
        return HTTPResponse(HTTPStatus(rawValue: 302), fields: ["Location": "\(redirect)?code=\(code)&state=\(asked)"])
    }

    private func token(_ request: HTTPRequest) -> HTTPResponse {
        guard let form = URLEncodedForm(request.body), form["client_id"] == "board" else {
            return HTTPResponse(.badRequest)
        }
        let mint: (@Sendable () throws -> String)? = state.withLock { state in
            if form["grant_type"] == "refresh_token" {
                guard let old = form["refresh_token"], state.refreshTokens.remove(old) != nil else { return nil }
                state.renewals += 1
                return state.mint
            }
            // A code is good once, for whoever has the verifier of its challenge.
            guard let code = form["code"], let asked = state.codes.removeValue(forKey: code),
                let verifier = form["code_verifier"], form["redirect_uri"] == asked.redirect,
                Base64.encodeURL(SHA256.hash(Array(verifier.utf8))) == asked.challenge
            else { return nil }
            return state.mint
        }
        guard let token = try? mint?() else { return HTTPResponse(.badRequest) }
        let refresh = Base64.encodeURL(SecureRandom.bytes(12))
        state.withLock { _ = $0.refreshTokens.insert(refresh) }
        var json = JSONWriter()
        json.object { json in
            json.field("access_token", token)
            json.field("refresh_token", refresh)
            json.field("token_type", "Bearer")
        }
        var response = HTTPResponse(.ok, contentType: "application/json", body: json.bytes)
        response.fields.set("Access-Control-Allow-Origin", request.head.fields["Origin"] ?? "")
        return response
    }
}
