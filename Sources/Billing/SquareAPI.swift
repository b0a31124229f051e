package import Clinic
package import Outbound
import Wire

/// One search of Square's Orders API for what changed in a clinic's locations since a moment, the oldest change first.
package struct SquareSearch: Hashable, Sendable {
    package var locations: [String]
    /// Inclusive, by Square's clock.
    package var changedSince: Timestamp
    /// Where the page before ended; nil for the first.
    package var cursor: String?

    package init(locations: [String], changedSince: Timestamp, cursor: String? = nil) {
        self.locations = locations
        self.changedSince = changedSince
        self.cursor = cursor
    }
}

/// One page of what a search found.
package struct SquarePage: Hashable, Sendable {
    package let orders: [BilledOrder]
    /// The last change on the page; nil where there is none.
    package let through: Timestamp?
    /// Where the next page begins; nil at the end.
    package let cursor: String?
}

/// Square's Orders API as far as the hub uses it: `POST /v2/orders/search`, which changes nothing. A value; pure.
package struct SquareAPI: Hashable, Sendable {
    /// Square searches in so many locations at once.
    package static let maximumLocations = 10
    /// The longest rest that is taken from a `Retry-After`.
    package static let longestRest = Duration.seconds(3_600)
    private static let limits = JSONLimits(maximumBytes: 16 << 20, maximumDepth: 32)

    /// `https://connect.squareup.com`, without a trailing slash.
    package let baseURL: String
    /// The version of the API, a date.
    package let version: String
    /// Of one page.
    package let orders: Int

    package init(baseURL: String, version: String, orders: Int) {
        self.baseURL = baseURL
        self.version = version
        self.orders = orders
    }

    // MARK: Asking

    package func request(_ search: SquareSearch, token: String) -> OutboundRequest {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("location_ids", array: { json in for location in search.locations { json.string(location) } })
            if let cursor = search.cursor { json.field("cursor", cursor) }
            json.field("limit", orders)
            json.field("return_entries", false)
            json.field(
                "query",
                object: { json in
                    json.field(
                        "filter",
                        object: { json in
                            json.field(
                                "date_time_filter",
                                object: { json in
                                    json.field(
                                        "updated_at",
                                        object: { $0.field("start_at", search.changedSince.rfc3339) })
                                })
                        })
                    // Square wants the field that is filtered by.
                    json.field(
                        "sort",
                        object: { json in
                            json.field("sort_field", "UPDATED_AT")
                            json.field("sort_order", "ASC")
                        })
                })
        }
        return OutboundRequest(
            .post, "\(baseURL)/v2/orders/search",
            headers: [
                HeaderField("Authorization", "Bearer \(token)"), HeaderField("Square-Version", version),
                HeaderField("Content-Type", "application/json"), HeaderField("Accept", "application/json"),
            ],
            body: json.bytes)
    }

    // MARK: Reading

    /// The page that Square answered with; orders of locations that were not asked for are left out.
    package func page(of result: OutboundResult, _ search: SquareSearch) throws(SquareFailure) -> SquarePage {
        switch result {
        case .response(let response): return try page(of: response, search)
        case .notSent(.responseTooLarge), .outcomeUnknown(.responseTooLarge): throw .tooLarge
        case .notSent, .outcomeUnknown: throw .away
        }
    }

    private func page(of response: OutboundResponse, _ search: SquareSearch) throws(SquareFailure) -> SquarePage {
        let rest = response.header("Retry-After").flatMap { Int64($0) }.flatMap { seconds in
            (0...86_400).contains(seconds) ? min(Duration.seconds(seconds), Self.longestRest) : nil
        }
        switch response.status {
        case 200: break
        case 429: throw .rateLimited(after: rest)
        case 401, 403: throw .unauthorized(status: response.status)
        case 400...499 where response.status != 408: throw .refused(status: response.status)
        default: throw .failed(status: response.status, after: rest)
        }
        guard let document = try? JSONReader.readObject(response.body, limits: Self.limits),
            let all = try? document.optionalArray("orders", maxCount: 1_000) ?? [],
            let cursor = try? document.optionalString("cursor", maxLength: 4_096) ?? ""
        else { throw .notUnderstood }
        var orders: [BilledOrder] = []
        var through: Timestamp?
        for case .object(let order) in all {
            guard let changed = order["updated_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
                let location = order["location_id"]?.stringValue, search.locations.contains(location)
            else { continue }
            through = max(through ?? changed, changed)
            if let order = BilledOrder(square: order) { orders.append(order) }
        }
        return SquarePage(orders: orders, through: through, cursor: cursor.isEmpty ? nil : cursor)
    }
}

extension BilledOrder {
    /// An order of Square's; nil for one that is not placed yet, and for one in a state or with an id that is not known.
    init?(square order: JSONObject) {
        guard let id = order["id"]?.stringValue, (1...192).contains(id.utf8.count) else { return nil }
        let total = Self.money(order["total_money"])
        let due = Self.money(order["net_amount_due_money"])
        let status: BillingStatus
        switch order["state"]?.stringValue {
        // Paid in full, and not handed over yet.
        case "OPEN": status = due?.amount == 0 && (total?.amount ?? 0) > 0 ? .paid : .pending
        case "COMPLETED": status = .paid
        case "CANCELED": status = .rejected
        default: return nil
        }
        self.init(
            id: id, patient: order["reference_id"]?.stringValue.flatMap { PatientID($0) }, status: status,
            amountCents: (total?.amount).flatMap { Int32(exactly: $0) }, currency: total?.currency)
    }

    private static func money(_ value: JSONValue?) -> (amount: Int64?, currency: String?)? {
        guard let value else { return nil }
        let currency = value["currency"]?.stringValue.flatMap { text in
            text.utf8.count == 3 && text.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? text : nil
        }
        return (value["amount"]?.integerValue, currency)
    }
}
