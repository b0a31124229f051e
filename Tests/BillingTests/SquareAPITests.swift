import Clinic
import Outbound
import Testing
import Wire

@testable import Billing

@Suite("Square's Orders API")
struct SquareAPITests {
    private let api = SquareAPI(baseURL: "https://connect.squareup.com", version: "2025-01-23", orders: 100)
    private static let patient = PatientID(high: 7, low: 9)
    private let search = SquareSearch(
        locations: ["L1", "L2"], changedSince: Timestamp(microseconds: 1_700_000_000_123_000), cursor: nil)

    private func answer(_ body: String, status: Int = 200, headers: [HeaderField] = []) -> OutboundResult {
        .response(OutboundResponse(status: status, headers: headers, body: Array(body.utf8)))
    }

    private func order(_ members: String, location: String = "L1", at: String = "2026-01-02T03:04:05.678Z") -> String {
        #"{"id":"O1","location_id":"\#(location)","updated_at":"\#(at)",\#(members)}"#
    }

    private func read(_ order: String) throws -> BilledOrder? {
        try api.page(of: answer("{\"orders\":[\(order)]}"), search).orders.first
    }

    @Test("A search asks for the locations' changes since a moment, the oldest first, and changes nothing")
    func request() throws {
        var next = search
        next.cursor = "c1"
        let request = api.request(next, token: "EAAA-token")
        #expect(request.method == .post)
        #expect(request.url == "https://connect.squareup.com/v2/orders/search")
        #expect(request.headers.contains(HeaderField("Authorization", "Bearer EAAA-token")))
        #expect(request.headers.contains(HeaderField("Square-Version", "2025-01-23")))
        let json = try JSONReader.read(request.body)
        #expect(
            json == [
                "location_ids": ["L1", "L2"], "cursor": "c1", "limit": 100, "return_entries": false,
                "query": [
                    "filter": ["date_time_filter": ["updated_at": ["start_at": "2023-11-14T22:13:20.123Z"]]],
                    "sort": ["sort_field": "UPDATED_AT", "sort_order": "ASC"],
                ],
            ])
        #expect(try JSONReader.readObject(api.request(search, token: "t").body)["cursor"] == nil)
    }

    @Test(
        "States become the platform's words; what is not placed yet, or not known, is left out",
        arguments: [
            (#""state":"OPEN","total_money":{"amount":5,"currency":"USD"}"#, BillingStatus?.some(.pending)),
            (#""state":"OPEN","total_money":{"amount":5},"net_amount_due_money":{"amount":5}"#, .pending),
            (#""state":"OPEN","total_money":{"amount":5},"net_amount_due_money":{"amount":0}"#, .paid),
            (#""state":"OPEN","total_money":{"amount":0},"net_amount_due_money":{"amount":0}"#, .pending),
            (#""state":"COMPLETED""#, .paid), (#""state":"CANCELED""#, .rejected), (#""state":"DRAFT""#, nil),
            (#""state":"LATER""#, nil), (#""x":1"#, nil),
        ])
    func states(members: String, status: BillingStatus?) throws {
        #expect(try read(order(members))?.status == status)
    }

    @Test("The reference names the patient, and nobody where it is no id; an amount that does not fit is none")
    func members() throws {
        let whole = try read(
            order(
                #""state":"OPEN","reference_id":"\#(Self.patient)","customer_id":"C1","#
                    + #""total_money":{"amount":12345,"currency":"COP"}"#))
        #expect(
            whole
                == BilledOrder(
                    id: "O1", patient: Self.patient, status: .pending, amountCents: 12_345, currency: "COP"))
        let odd = try read(
            order(
                #""state":"OPEN","reference_id":"table 4","total_money":{"amount":99999999999,"currency":"dollar"}"#))
        #expect(odd == BilledOrder(id: "O1", patient: nil, status: .pending, amountCents: nil, currency: nil))
    }

    @Test("A page tells how far it reaches and where the next begins; orders of other locations are not the clinic's")
    func pages() throws {
        let body = """
            {"orders":[\(order(#""state":"OPEN""#)),\(order(#""state":"DRAFT""#, at: "2026-01-02T03:04:06Z")),
            \(order(#""state":"OPEN""#, location: "L9", at: "2027-01-01T00:00:00Z"))],"cursor":"next"}
            """
        let page = try api.page(of: answer(body), search)
        #expect(page.orders.count == 1)
        #expect(page.cursor == "next")
        #expect(page.through == Timestamp(rfc3339: "2026-01-02T03:04:06Z"))
        #expect(try api.page(of: answer("{}"), search) == SquarePage(orders: [], through: nil, cursor: nil))
    }

    @Test("Each answer that is no page has its own failure, and says whether another attempt helps")
    func failures() {
        func failure(_ result: OutboundResult) -> SquareFailure? {
            do throws(SquareFailure) {
                _ = try api.page(of: result, search)
                return nil
            } catch { return error }
        }
        let rest = HeaderField("Retry-After", "7")
        #expect(failure(answer("", status: 429, headers: [rest])) == .rateLimited(after: .seconds(7)))
        #expect(failure(answer("", status: 429)) == .rateLimited(after: nil))
        #expect(
            failure(answer("", status: 503, headers: [HeaderField("Retry-After", "80000")]))
                == .failed(status: 503, after: SquareAPI.longestRest))
        #expect(failure(answer("", status: 503, headers: [HeaderField("Retry-After", "-1")]))?.rest == nil)
        for status in [401, 403] { #expect(failure(answer("", status: status)) == .unauthorized(status: status)) }
        for status in [400, 404, 422] { #expect(failure(answer("", status: status))?.isPermanent == true) }
        for status in [302, 408, 429, 500, 503] {
            #expect(failure(answer("", status: status))?.isPermanent == false, "\(status)")
        }
        for body in ["", "[]", "{\"orders\":1}", "{\"cursor\":1}", "<html>"] {
            #expect(failure(answer(body)) == .notUnderstood, "\(body)")
        }
        #expect(failure(.notSent(.connectFailed)) == .away)
        #expect(failure(.outcomeUnknown(.deadline)) == .away)
        #expect(failure(.outcomeUnknown(.responseTooLarge)) == .tooLarge)
    }
}
