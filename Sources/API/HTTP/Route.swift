import Wire

/// One operation of the API: a method, a path with named parts, and what serves it.
struct Route {
    /// What a part of the path must be.
    enum Part: Equatable {
        case literal(Substring)
        /// Any one segment, by this name.
        case parameter(String)
    }

    let method: HTTPMethod
    let parts: [Part]
    let namedParts: Int
    /// The path as the contract writes it, for metrics: no ids in it.
    let template: String
    /// Whether it is served without a token.
    let isOpen: Bool
    /// The bytes that its body may have, where it is read as it comes; nil to have it gathered. Only for a POST to a path
    /// without named parts.
    let streamedBodyLimit: Int?
    let service: Service

    /// How a request is answered.
    enum Service {
        case whole((RequestContext) async throws(Problem) -> HTTPResponse)
        /// In pieces, for what has no bound.
        case streamed((RequestContext) async throws(Problem) -> StreamedAnswer)
    }

    /// - Parameter template: as in OpenAPI, `/api/v1/alerts/{id}`.
    init(
        _ method: HTTPMethod, _ template: String, isOpen: Bool = false, streamedBodyLimit: Int? = nil,
        _ serve: @escaping (RequestContext) async throws(Problem) -> HTTPResponse
    ) {
        self.init(
            method, template, isOpen: isOpen, streamedBodyLimit: streamedBodyLimit, service: .whole(serve))
    }

    init(
        _ method: HTTPMethod, _ template: String,
        streaming begin: @escaping (RequestContext) async throws(Problem) -> StreamedAnswer
    ) {
        self.init(method, template, isOpen: false, streamedBodyLimit: nil, service: .streamed(begin))
    }

    private init(
        _ method: HTTPMethod, _ template: String, isOpen: Bool, streamedBodyLimit: Int?, service: Service
    ) {
        self.method = method
        self.template = template
        self.isOpen = isOpen
        self.streamedBodyLimit = streamedBodyLimit
        self.service = service
        parts = template.split(separator: "/").map { part in
            part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .literal(part)
        }
        namedParts = parts.count { if case .parameter = $0 { true } else { false } }
    }

    /// The named parts of a path that this route has, or nil.
    func parameters(of segments: [Substring]) -> [String: String]? {
        guard segments.count == parts.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch part {
            case .literal(let text): if text != segment { return nil }
            case .parameter(let name): parameters[name] = String(segment)
            }
        }
        return parameters
    }
}

/// An answer of any length, made as the peer takes it.
struct StreamedAnswer {
    let head: HTTPResponse
    /// The next piece of the body; nil at its end. Where it throws, the connection is cut.
    let next: () async throws(Problem) -> [UInt8]?
}

/// The routes of the hub: finds the one for a request, or says 404 or 405 with what is allowed.
struct Router {
    /// Those with the fewest named parts first: a path that stands in the contract as it is, is no path with an id.
    private let routes: [Route]

    init(_ routes: [Route]) { self.routes = routes.sorted { $0.namedParts < $1.namedParts } }

    /// - Throws: 404 where no route has the path, 405 with `Allow` where only the method is wrong.
    func route(_ method: HTTPMethod, path: String) throws(RouteError) -> (Route, [String: String]) {
        let segments = path.split(separator: "/", omittingEmptySubsequences: true)
        var found: Int?
        var allowed: [HTTPMethod] = []
        for route in routes {
            if let found, route.namedParts > found { break }
            guard let parameters = route.parameters(of: segments) else { continue }
            if route.method == method || (method == .head && route.method == .get) { return (route, parameters) }
            found = route.namedParts
            allowed.append(route.method)
            if route.method == .get { allowed.append(.head) }
        }
        throw allowed.isEmpty ? .noSuchPath : .methodNotAllowed(allowed)
    }
}

enum RouteError: Error, Equatable {
    case noSuchPath
    case methodNotAllowed([HTTPMethod])

    var response: HTTPResponse {
        switch self {
        case .noSuchPath:
            return Problem(.notFound, "no-such-path", "There is nothing at this path. The paths are in openapi.yaml.")
                .response
        case .methodNotAllowed(let methods):
            let allowed = methods.map(\.rawValue).joined(separator: ", ")
            var response = Problem(
                .methodNotAllowed, "method-not-allowed", "This path takes \(allowed)."
            ).response
            response.fields.set("Allow", allowed)
            return response
        }
    }
}
