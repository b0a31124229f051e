import Wire

/// A refusal as Twilio's API words it.
struct LocalGatewayError: Error {
    let status: HTTPStatus
    let code: Int
    let message: String

    static let unauthorized = LocalGatewayError(.unauthorized, 20003, "Authenticate")
    static let notFound = LocalGatewayError(.notFound, 20404, "The requested resource was not found")
    static let methodNotAllowed = LocalGatewayError(.methodNotAllowed, 20004, "Method not allowed")
    static let tooManyRequests = LocalGatewayError(.tooManyRequests, 20429, "Too Many Requests")
    static let internalError = LocalGatewayError(.internalServerError, 20500, "An internal server error has occurred")
    static let unavailable = LocalGatewayError(.serviceUnavailable, 20503, "The server is currently unavailable")
    static let timedOut = LocalGatewayError(.gatewayTimeout, 20504, "The server took too long to respond")

    init(_ status: HTTPStatus, _ code: Int, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func badRequest(_ code: Int, _ message: String) -> LocalGatewayError {
        LocalGatewayError(.badRequest, code, message)
    }

    /// The answer that says so.
    var response: HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("code", code)
            json.field("message", message)
            json.field("more_info", "https://www.twilio.com/docs/errors/\(code)")
            json.field("status", status.rawValue)
        }
        var response = HTTPResponse(status, contentType: "application/json", body: json.bytes)
        if status == .tooManyRequests { response.fields.append("Retry-After", "2") }
        if status == .unauthorized { response.fields.append("WWW-Authenticate", "Basic realm=\"local gateway\"") }
        return response
    }
}
