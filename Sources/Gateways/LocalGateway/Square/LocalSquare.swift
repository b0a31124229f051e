import Clinic
import Wire

/// Square's Orders API as far as a reader of orders meets it: searches of what it was given, and a list of every request.
/// Pure; what it is not, it answers as Square does: with 404 and an error of its form.
///
/// `PUT /square` gives it the access token that it believes, its orders in Square's own form, and how it is to fail:
///
///     {"token": "…", "orders": [{"id": …}], "faults": [{"status": 429, "retryAfter": 2, "count": 3}]}
///
/// Faults are used up in order; a status of 200 answers properly after `latencyMilliseconds`. A member that is left out stays.
struct LocalSquare {
    private struct Fault {
        let status: Int64
        let retryAfter: Int64?
        let latency: Duration
        var count: Int64
    }

    /// What a request gets.
    struct Answer {
        let response: HTTPResponse
        let latency: Duration
    }

    private static let maximumRequests = 10_000
    private static let limits = JSONLimits(maximumBytes: 1 << 20, maximumDepth: 16)
    private var token: String?
    private var orders: [JSONObject] = []
    private var faults: [Fault] = []
    private var requests: [[UInt8]] = []

    // MARK: Its own path

    /// Takes what `PUT /square` brings; false where it is not as described.
    mutating func set(_ body: [UInt8]) -> Bool {
        guard let json = try? JSONReader.readObject(body, limits: Self.limits),
            (try? json.allowOnly(["token", "orders", "faults"])) != nil,
            let faults = try? json["faults"].map({ _ in try json.objects("faults", maxCount: 100).map(Self.fault) })
                ?? self.faults,
            let orders = try? json["orders"].map({ _ in try json.objects("orders", maxCount: 10_000) }) ?? self.orders
        else { return false }
        if let token = json["token"]?.stringValue { self.token = token }
        self.orders = orders
        self.faults = faults
        return true
    }

    private static func fault(_ json: JSONObject) throws(JSONFieldError) -> Fault {
        try json.allowOnly(["status", "retryAfter", "latencyMilliseconds", "count"])
        return Fault(
            status: try json.integer("status", in: 200...599),
            retryAfter: try json.optionalInteger("retryAfter", in: 0...86_400),
            latency: .milliseconds(try json.optionalInteger("latencyMilliseconds", in: 0...600_000) ?? 0),
            count: try json.optionalInteger("count", in: 1...1_000_000) ?? 1)
    }

    /// Every request so far, the oldest first.
    var log: [UInt8] {
        var json = JSONWriter(capacity: 512 * (requests.count + 1))
        json.object { json in
            json.field("requests", array: { json in for request in requests { json.json(request) } })
        }
        return json.bytes
    }

    // MARK: Square's

    /// Answers a request to Square, whatever it is, and notes it.
    mutating func answer(_ request: HTTPRequest) -> Answer {
        let isAuthorized = token != nil && request.head.credentials(scheme: "Bearer") == token
        var latency = Duration.zero
        let response: HTTPResponse
        if isAuthorized, let fault = nextFault() {
            latency = fault.latency
            response = fault.status == 200 ? proper(request, isAuthorized) : Self.failed(fault)
        } else {
            response = proper(request, isAuthorized)
        }
        note(request, response, isAuthorized)
        return Answer(response: response, latency: latency)
    }

    private mutating func nextFault() -> Fault? {
        guard var fault = faults.first else { return nil }
        fault.count -= 1
        if fault.count > 0 { faults[0] = fault } else { faults.removeFirst() }
        return fault
    }

    private static func failed(_ fault: Fault) -> HTTPResponse {
        var response = error(
            HTTPStatus(rawValue: UInt16(fault.status)), fault.status == 429 ? "RATE_LIMIT_ERROR" : "API_ERROR",
            fault.status == 429 ? "RATE_LIMITED" : "INTERNAL_SERVER_ERROR")
        if let seconds = fault.retryAfter { response.fields.append("Retry-After", String(seconds)) }
        return response
    }

    private func proper(_ request: HTTPRequest, _ isAuthorized: Bool) -> HTTPResponse {
        guard isAuthorized else { return Self.error(.unauthorized, "AUTHENTICATION_ERROR", "UNAUTHORIZED") }
        guard request.head.path == "/v2/orders/search", request.head.method == .post else {
            return Self.error(.notFound, "INVALID_REQUEST_ERROR", "NOT_FOUND")
        }
        guard request.head.fields["Square-Version"] != nil,
            let json = try? JSONReader.readObject(request.body, limits: Self.limits), let search = try? Search(json)
        else { return Self.error(.badRequest, "INVALID_REQUEST_ERROR", "BAD_REQUEST") }
        return .json(.ok, page(search))
    }

    private static func error(_ status: HTTPStatus, _ category: String, _ code: String) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field(
                "errors",
                array: { json in
                    json.object { json in
                        json.field("category", category)
                        json.field("code", code)
                    }
                })
        }
        return .json(status, json.bytes)
    }

    private mutating func note(_ request: HTTPRequest, _ response: HTTPResponse, _ isAuthorized: Bool) {
        guard requests.count < Self.maximumRequests else { return }
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("method", request.head.method.rawValue)
            json.field("path", request.head.path)
            json.field("version", request.head.fields["Square-Version"])
            json.field("isAuthorized", isAuthorized)
            json.field("body", String(decoding: request.body.prefix(8_192), as: UTF8.self))
            json.field("answer", Int(response.status.rawValue))
        }
        requests.append(json.bytes)
    }

    // MARK: Searching

    private struct Search {
        let locations: [String]
        let start: Timestamp
        let limit: Int
        let offset: Int

        /// Square's rules, as far as a search by `updated_at` goes.
        init(_ json: JSONObject) throws(JSONFieldError) {
            locations = try json.strings("location_ids")
            limit = Int(try json.optionalInteger("limit", in: 1...1_000) ?? 500)
            offset = try json.optionalParsed("cursor", as: "a cursor") { Int($0) } ?? 0
            let query = try json.object("query")
            let range = try query.object("filter").object("date_time_filter").object("updated_at")
            start = try range.parsed("start_at", as: "a time") { Timestamp(rfc3339: $0) }
            let sort = try query.object("sort")
            let (field, direction) = (try sort.string("sort_field"), try sort.string("sort_order"))
            let isSorted = field == "UPDATED_AT" && direction == "ASC"
            guard isSorted, (1...10).contains(locations.count), offset >= 0 else {
                throw JSONFieldError(field: "sort", expected: "the field that is filtered by", actual: "another")
            }
        }

        func time(of order: JSONObject) -> Timestamp? {
            guard let location = order["location_id"]?.stringValue, locations.contains(location),
                let time = order["updated_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }), time >= start
            else { return nil }
            return time
        }
    }

    private func page(_ search: Search) -> [UInt8] {
        let found = orders.compactMap { order in search.time(of: order).map { (time: $0, order: order) } }
            .sorted { $0.time < $1.time }
        let page = found.dropFirst(search.offset).prefix(search.limit)
        let next = search.offset + page.count
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            // Square leaves out what is empty.
            if !page.isEmpty {
                json.field("orders", array: { json in for entry in page { json.value(.object(entry.order)) } })
            }
            if next < found.count { json.field("cursor", String(next)) }
        }
        return json.bytes
    }
}
