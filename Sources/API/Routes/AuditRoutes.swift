import Clinic
import Cryptography
import Hub
import Store
import Wire

/// The audit, for those who may read it: by pages, and as a whole.
struct AuditRoutes {
    let hub: ClinicHub

    private static let filters: Set = [
        "clinicId", "action", "actorUserId", "targetTable", "targetId", "sessionId", "from", "to",
    ]

    var routes: [Route] {
        [
            Route(.get, "/api/v1/audit-logs") { [self] context throws(Problem) in try await list(context) },
            Route(
                .get, "/api/v1/audit-logs.ndjson",
                streaming: { [self] context throws(Problem) in
                    try await export(context)
                }),
        ]
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let query = try QueryReader(context.request.head.query, allowing: Self.filters.union(["limit", "cursor"]))
        let reading = try AuditReading(context, query, hub)
        let limit = try query.limit(upTo: 100)
        let place = try query.single("cursor", "the next of the page before") { AuditStore.Place(cursor: $0) }
        let page = try await reading.page(after: place, limit: limit, isAudited: true)
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.field("entries", array: { json in for record in page.records { record.write(to: &json) } })
            json.field("next", page.next?.cursor)
        }
        return .json(.ok, json.bytes)
    }

    /// One line of JSON a row, the newest first. What is held at a time is one page of the database.
    private func export(_ context: RequestContext) async throws(Problem) -> StreamedAnswer {
        let query = try QueryReader(context.request.head.query, allowing: Self.filters)
        let reading = try AuditReading(context, query, hub)
        // The first page is read before the answer begins: what is refused or fails is told by the status.
        var page: AuditStore.Page? = try await reading.page(after: nil, limit: AuditStore.maximumPage, isAudited: true)
        var head = HTTPResponse(.ok, contentType: "application/x-ndjson", body: [])
        head.fields.set("Cache-Control", "no-store")
        head.fields.set("Content-Disposition", "attachment; filename=\"audit-logs.ndjson\"")
        return StreamedAnswer(head: head) { () throws(Problem) in
            guard let current = page else { return nil }
            page = nil
            if let next = current.next {
                page = try await reading.page(after: next, limit: AuditStore.maximumPage, isAudited: false)
            }
            return current.records.flatMap(\.line)
        }
    }
}

/// One request for the audit: whose, of what, and on whose behalf.
private struct AuditReading {
    private let store: AuditStore
    private let tenant: TenantContext
    private let clinic: ClinicID
    private let filter: AuditStore.Filter

    init(_ context: RequestContext, _ query: QueryReader, _ hub: ClinicHub) throws(Problem) {
        let principal = try context.authenticated()
        try principal.require(.readAuditLogs, to: "read the audit")
        store = hub.store.audit
        tenant = context.tenant(principal)
        clinic = try query.single("clinicId", "a UUID") { ClinicID($0) } ?? principal.clinic
        if clinic != principal.clinic {
            try principal.require(.readAuditLogsAcrossClinics, to: "read the audit of another clinic")
        }
        var filter = AuditStore.Filter()
        filter.actions = try query.single("action", "words such as READ_PATIENT, with commas") { text in
            let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return words.count <= 32 && words.allSatisfy { Self.isWord($0, upTo: 64) } ? words : nil
        }
        filter.actor = try query.single("actorUserId", "a UUID") { UserID($0) }
        filter.table = try query.single("targetTable", "a name such as patients") {
            Self.isWord($0, upTo: 63) ? $0 : nil
        }
        filter.target = try query.single("targetId", "a UUID") { AlertID($0) }
        filter.session = try query.single("sessionId", "1 to 128 visible ASCII characters") { text in
            (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
        }
        filter.from = try query.single("from", "RFC 3339 in UTC") { Timestamp(rfc3339: $0) }
        filter.to = try query.single("to", "RFC 3339 in UTC") { Timestamp(rfc3339: $0) }
        self.filter = filter
    }

    func page(after place: AuditStore.Place?, limit: Int, isAudited: Bool) async throws(Problem) -> AuditStore.Page {
        do {
            return try await store.page(
                of: clinic, filter, after: place, limit: limit, isAudited: isAudited, tenant)
        } catch {
            throw Problem(error)
        }
    }

    private static func isWord(_ text: String, upTo length: Int) -> Bool {
        (1...length).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension AuditStore.Place {
    /// As `cursor` wrote it; nil for any other text, and for a time that PostgreSQL has not.
    fileprivate init?(cursor: String) {
        guard cursor.utf8.count <= 64, let bytes = Base64.decodeURL(cursor) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = Int64(parts[1]), id >= 0,
            (0...253_402_300_799_000_000).contains(microseconds)
        else { return nil }
        self.init(loggedAt: Timestamp(microseconds: microseconds), id: id)
    }

    fileprivate var cursor: String { Base64.encodeURL(Array("\(loggedAt.microseconds):\(id)".utf8)) }
}

extension AuditRecord {
    fileprivate var line: [UInt8] {
        var json = JSONWriter(capacity: 640)
        write(to: &json)
        return json.bytes + [0x0A]
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("clinicId", clinic.description)
            json.field("actorUserId", actor?.description)
            json.field("actorRole", actorRole)
            json.field("action", action)
            json.field("targetTable", targetTable)
            json.field("targetId", target?.description)
            json.field("ipAddress", ipAddress)
            json.field("sessionId", sessionID)
            json.field("loggedAt", loggedAt.rfc3339)
            json.field("outcome", outcome)
            json.field("occurrences", occurrences)
            json.field("chainSeq", seal?.place)
            json.field("prevHash", seal.map { Hex.encode($0.previousHash) })
            json.field("hash", seal.map { Hex.encode($0.hash) })
        }
    }
}
