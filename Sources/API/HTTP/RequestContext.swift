import Clinic
import Platform
import Transport
import Wire

/// One request on its way through a route: who asks, from where, what.
struct RequestContext {
    let request: HTTPRequest
    /// The named parts of the path.
    let parameters: [String: String]
    /// Nil on routes that need no token.
    let principal: Principal?
    /// The peer's address, for the audit.
    let address: String
    /// Names the request in the log and the audit; sent back as `X-Request-Id`.
    let requestID: String
    /// The body as it comes, on routes that want it so; the request's own is empty then.
    var upload: RequestBody?

    /// The bearer, where the route demands one: the service has checked that already.
    func authenticated() throws(Problem) -> Principal {
        guard let principal else { throw Problem(.unauthorized, "unauthorized", TokenRefusal.missing.sentence) }
        return principal
    }

    /// A path part as an id. Malformed ids do not exist, as unknown ones do not.
    func id<Subject>(_ name: String, of what: String) throws(Problem) -> Identifier<Subject> {
        guard let id = parameters[name].flatMap({ Identifier<Subject>($0) }) else { throw Problem.notFound(what) }
        return id
    }

    /// The `Idempotency-Key` of the request; nil where it has none.
    func idempotencyKey() throws(Problem) -> String? {
        let keys = request.head.fields.all("Idempotency-Key")
        guard let key = keys.first else { return nil }
        guard keys.count == 1, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            throw Problem(
                .badRequest, "invalid-idempotency-key",
                "Idempotency-Key must be one value of 1 to 255 visible ASCII characters.", field: "Idempotency-Key")
        }
        return key
    }

    /// The body as a JSON object that has no field but these.
    func body(allowing fields: Set<String>) throws(Problem) -> JSONObject {
        guard let type = request.head.contentType, type == "application/json" else {
            throw Problem(.unsupportedMediaType, "unsupported-media-type", "Content-Type must be application/json.")
        }
        let object: JSONObject
        do { object = try JSONReader.readObject(request.body) } catch { throw Problem(error) }
        do { try object.allowOnly(fields) } catch { throw Problem(error) }
        return object
    }

    /// The same for operations whose body may be left out.
    func optionalBody(allowing fields: Set<String>) throws(Problem) -> JSONObject {
        request.body.isEmpty ? JSONObject() : try body(allowing: fields)
    }

    /// Reads fields; what is wrong with one becomes a 422 that names it.
    func fields<Value>(_ read: () throws(JSONFieldError) -> Value) throws(Problem) -> Value {
        do { return try read() } catch { throw Problem(error) }
    }
}
