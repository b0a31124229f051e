import Clinic
import Hub
import Platform
import Store
import Wire

/// Proof for the clinic: how long it took to be reached and to answer.
struct ReportRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.get, "/api/v1/reports/response-times") { [self] context throws(Problem) in
                let (span, report) = try await responseTimes(context)
                return .json(.ok, Self.json(report, span))
            },
            Route(.get, "/api/v1/reports/response-times.csv") { [self] context throws(Problem) in
                let (_, report) = try await responseTimes(context)
                var response = HTTPResponse(
                    .ok, contentType: "text/csv; charset=utf-8; header=present", body: Array(Self.csv(report).utf8))
                response.fields.set("Cache-Control", "no-store")
                response.fields.set("Content-Disposition", "attachment; filename=\"response-times.csv\"")
                return response
            },
        ]
    }

    private func responseTimes(
        _ context: RequestContext
    ) async throws(Problem) -> (ReportSpan, ResponseTimeStore.Report) {
        let principal = try context.authenticated()
        try principal.require(.readReports, to: "read reports")
        let span = try ReportSpan(context.request.head.query, now: Timestamp(WallTime.now()))
        do {
            return (
                span, try await hub.store.reports.report(from: span.from, to: span.to, context.tenant(principal))
            )
        } catch {
            throw Problem(error)
        }
    }

    private static func json(_ report: ResponseTimeStore.Report, _ span: ReportSpan) -> [UInt8] {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.field("from", span.from.rfc3339)
            json.field("to", span.to.rfc3339)
            json.field("alerts", report.alerts)
            json.field(
                "rows",
                array: { json in
                    for row in report.rows {
                        json.object { json in
                            json.field("dimension", row.dimension.rawValue)
                            json.field("key", row.key)
                            json.field("name", row.name)
                            json.field("measure", row.measure.rawValue)
                            json.field("count", row.count)
                            json.field("p50Seconds", value: .number(row.median.inSeconds))
                            json.field("p90Seconds", value: .number(row.p90.inSeconds))
                        }
                    }
                })
        }
        return json.bytes
    }

    private static func csv(_ report: ResponseTimeStore.Report) -> String {
        var csv = CSVDocument(header: ["dimension", "key", "name", "measure", "count", "p50_seconds", "p90_seconds"])
        for row in report.rows {
            csv.add([
                row.dimension.rawValue, row.key, row.name ?? "", row.measure.rawValue, String(row.count),
                String(row.median.inSeconds), String(row.p90.inSeconds),
            ])
        }
        return csv.text
    }
}

/// The span of time that a report is asked for: `from` and `to`; without them the last 30 days.
struct ReportSpan: Equatable {
    let from: Timestamp
    let to: Timestamp

    init(_ query: URLEncodedForm, now: Timestamp) throws(Problem) {
        for pair in query.pairs where pair.name != "from" && pair.name != "to" {
            throw Problem(.badRequest, "unknown-parameter", "The query takes from, to.", field: pair.name)
        }
        to = try Self.time("to", in: query) ?? now
        from = try Self.time("from", in: query) ?? to.advanced(by: .seconds(-30 * 86_400))
        guard from < to, to.duration(since: from) <= ResponseTimeStore.maximumSpan else {
            throw Problem(
                .badRequest, "invalid-parameter", "The parameter from must be before to, by 366 days at most.",
                field: "from")
        }
    }

    private static func time(_ name: String, in query: URLEncodedForm) throws(Problem) -> Timestamp? {
        let values = query.all(name)
        guard let text = values.first else { return nil }
        guard values.count == 1, let time = Timestamp(rfc3339: text) else {
            throw Problem(
                .badRequest, "invalid-parameter", "The parameter \(name) must be RFC 3339 in UTC.", field: name)
        }
        return time
    }
}

extension Duration {
    /// Seconds with their fraction, to the millisecond.
    fileprivate var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000_000) / 1000
    }
}
