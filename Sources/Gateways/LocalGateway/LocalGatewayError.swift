import Wire

/// A refusal as Twilio's API words it; the other dialects make their own of its status and kind.
struct LocalGatewayError: Error {
    /// What the other dialects need to know.
    enum Kind { case other, invalidNumber, optedOut }

    let status: HTTPStatus
    let code: Int
    let message: String
    var kind = Kind.other
    /// Seconds.
    var retryAfter: Int?

    static let unauthorized = LocalGatewayError(.unauthorized, 20003, "Authenticate")
    static let notFound = LocalGatewayError(.notFound, 20404, "The requested resource was not found")
    static let methodNotAllowed = LocalGatewayError(.methodNotAllowed, 20004, "Method not allowed")
    static let internalError = LocalGatewayError(.internalServerError, 20500, "An internal server error has occurred")
    static let unavailable = LocalGatewayError(.serviceUnavailable, 20503, "The server is currently unavailable")
    static let timedOut = LocalGatewayError(.gatewayTimeout, 20504, "The server took too long to respond")

    static func tooManyRequests(retryAfter seconds: Int) -> LocalGatewayError {
        var error = LocalGatewayError(.tooManyRequests, 20429, "Too Many Requests")
        error.retryAfter = seconds
        return error
    }

    static var invalidNumber: LocalGatewayError {
        var error = badRequest(21211, "The 'To' number is not a valid phone number.")
        error.kind = .invalidNumber
        return error
    }

    static var optedOut: LocalGatewayError {
        var error = badRequest(21610, "Attempt to send to unsubscribed recipient")
        error.kind = .optedOut
        return error
    }

    init(_ status: HTTPStatus, _ code: Int, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func badRequest(_ code: Int, _ message: String) -> LocalGatewayError {
        LocalGatewayError(.badRequest, code, message)
    }

    /// The answer that says so in Twilio's words.
    var response: HTTPResponse {
        var response = response { json in
            json.field("code", code)
            json.field("message", message)
            json.field("more_info", "https://www.twilio.com/docs/errors/\(code)")
            json.field("status", status.rawValue)
        }
        if status == .unauthorized { response.fields.append("WWW-Authenticate", "Basic realm=\"local gateway\"") }
        return response
    }
}
