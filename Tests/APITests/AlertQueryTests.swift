import Clinic
import Cryptography
import Store
import Testing
import Wire

@testable import API

@Suite struct AlertQueryTests {
    private func query(_ text: String) throws -> AlertQuery {
        try AlertQuery(try #require(URLEncodedForm(Array(text.utf8))))
    }

    private func refusedField(_ text: String) -> String? {
        do {
            _ = try query(text)
            return nil
        } catch {
            let problem = error as? Problem
            return problem?.status == .badRequest ? problem?.field : nil
        }
    }

    @Test("without parameters: fifty that are not closed, of all urgencies") func defaults() throws {
        let query = try query("")
        #expect(query.limit == 50)
        #expect(query.cursor == nil)
        #expect(query.filter.statuses == [.pending, .delivered, .escalated, .acknowledged])
        #expect(query.filter.urgencies == nil)
        #expect(query.filter.assignedTo == nil && !query.filter.isForReview)
    }

    @Test("every parameter is read; lists may be repeated or separated by commas") func all() throws {
        let query = try query(
            "status=CLOSED,PENDING&status=PENDING&urgencyLevel=LOW%2CCRITICAL&limit=7"
                + "&assignedTo=00000000-0000-4000-8000-000000000101")
        #expect(query.filter.statuses == [.closed, .pending])
        #expect(query.filter.urgencies == [.low, .critical])
        #expect(query.filter.assignedTo?.description == "00000000-0000-4000-8000-000000000101")
        #expect(query.limit == 7)
        #expect(try self.query("review=true").filter.isForReview)
    }

    @Test(
        "what is not understood is refused and named",
        arguments: [
            ("status=", "status"), ("status=pending", "status"), ("status=PENDING,", "status"), ("status=,", "status"),
            ("urgencyLevel=HIGH", "urgencyLevel"), ("urgency=LOW", "urgency"), ("limit=0", "limit"),
            ("limit=-1", "limit"),
            ("limit=99999999999999999999", "limit"), ("limit=1&limit=2", "limit"), ("limit=", "limit"),
            ("limit=1.0", "limit"),
            ("assignedTo=me", "assignedTo"), ("cursor=", "cursor"),
            ("Status=PENDING", "Status"),
            ("review=yes", "review"), ("review=", "review"), ("=", ""),
        ])
    func refused(text: String, field: String) { #expect(refusedField(text) == field) }

    @Test("a cursor comes back as it went out", arguments: [0, 1, 1_800_000_000_123_456, 253_402_300_799_000_000])
    func roundTrip(microseconds: Int64) throws {
        let cursor = AlertStore.Cursor(
            createdAt: Timestamp(microseconds: microseconds), id: AlertID(high: .max, low: 1))
        #expect(try query("cursor=\(AlertQuery.text(cursor))").cursor == cursor)
    }

    @Test(
        "a forged cursor is refused",
        arguments: [
            ":", "1", "1:", ":00000000-0000-4000-8000-000000000001", "-1:00000000-0000-4000-8000-000000000001",
            "9223372036854775807:00000000-0000-4000-8000-000000000001",
            "9223372036854775808:00000000-0000-4000-8000-000000000001", "1:00000000-0000-4000-8000-00000000000",
            "1:00000000-0000-4000-8000-000000000001:1", "1' OR 1=1:00000000-0000-4000-8000-000000000001",
        ])
    func forged(text: String) {
        #expect(refusedField("cursor=\(Base64.encodeURL(Array(text.utf8)))") == "cursor")
        #expect(refusedField("cursor=\(Base64.encodeURL([0xff, 0xfe] + Array(text.utf8)))") == "cursor")
    }

    @Test("a huge cursor is refused before it is read") func huge() {
        #expect(refusedField("cursor=\(String(repeating: "A", count: 8_000))") == "cursor")
    }
}
