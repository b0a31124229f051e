import Clinic
import Database
import Glibc
import Platform
import TestSupport
import Wire

/// 200 forms that are drawn as a scanner sees them, typed, skewed, noisy and illegible, through a hub with its own PostgreSQL
/// and tesseract: how fast, and whether any card number was kept in clear, any emergency missed, any doubtful form not
/// given to a person.
struct ScannedForms {
    private static let count = 200

    let bench: Bench

    private struct Outcome {
        let form: SampleForm
        let answer: JSONValue

        var isEmergency: Bool { answer["isEmergency"]?.boolValue == true }
        var isInReview: Bool { answer["requiresReview"]?.boolValue == true }
        var isRedacted: Bool { answer["panRedacted"]?.boolValue == true }
        var isExpectedInReview: Bool { form.scan == .poor || form.isIncomplete }
    }

    func run() throws {
        bench.report.progress("intake: draws \(Self.count) forms")
        let forms = SampleForm.series(Self.count)
        let images = try forms.map { try FormDrawing.image(of: $0) }
        var options = HubProcess.Options()
        options.configuration = "intake: { concurrentReadings: 2 }"
        let hub = try HubProcess(options)
        defer { hub.end() }
        try hub.useFastPolicy(firstWait: 3_600)
        let desk = try hub.client(.admissions)
        bench.report.progress("intake: uploads and reads them")
        let began = MonotonicTime.now()
        var ids: [String] = []
        for image in images { ids.append(try desk.uploaded(image)) }
        let uploaded = began.duration(to: .now())
        let outcomes = try zip(forms, ids).map { form, id in
            Outcome(form: form, answer: try desk.processed(id, within: .seconds(600)))
        }
        let read = began.duration(to: .now())
        bench.report.add(
            Report.Line(
                what: "forms uploaded, sealed and flushed", hub: rate(Self.count, uploaded),
                note: "\(images.reduce(0) { $0 + $1.count } / Self.count / 1_024) KiB each"))
        bench.report.add(Report.Line(what: "forms read by tesseract", hub: rate(Self.count, read)))
        try judge(outcomes, hub)
    }

    private func rate(_ count: Int, _ time: Duration) -> String {
        let tenths = Int((Double(count) * 10_000 / max(time.inMilliseconds, 1)).rounded())
        return "\(tenths / 10).\(tenths % 10) /s"
    }

    private func judge(_ outcomes: [Outcome], _ hub: HubProcess) throws {
        let legible = outcomes.filter { $0.form.scan != .poor }
        let emergencies = legible.filter(\.form.isEmergency)
        let alerts = try hub.sql(.superuser).query("SELECT count(*) AS n FROM alerts")[0].int("n")
        add("emergencies alerted", emergencies.count(where: \.isEmergency), of: emergencies.count)
        add("alerts for emergencies", outcomes.count(where: \.isEmergency), of: alerts)
        add(
            "calm forms without an alert", legible.count { !$0.form.isEmergency && !$0.isEmergency },
            of: legible.count { !$0.form.isEmergency })
        let doubtful = outcomes.filter(\.isExpectedInReview)
        add("doubtful forms in review", doubtful.count(where: \.isInReview), of: doubtful.count)
        let clear = outcomes.filter { !$0.isExpectedInReview }
        add("clear forms not in review", clear.count { !$0.isInReview }, of: clear.count)
        let cards = legible.filter { $0.form.cardNumber != nil }
        add("card numbers found and redacted", cards.count(where: \.isRedacted), of: cards.count)
        _ = try hub.sql(.superuser).query("CHECKPOINT")
        let search = CardSearch(hub, numbers: outcomes.compactMap(\.form.cardNumber))
        let columns = try search.columns()
        let files = try search.files()
        bench.report.add(
            Report.Line(
                what: "columns with a card number in clear", hub: "\(columns.found.count)",
                note: "of \(columns.searched) columns \(columns.found.joined(separator: " "))"))
        bench.report.add(
            Report.Line(
                what: "files with a card number in clear", hub: "\(files.count)",
                note: "the database's own, its log and the hub's \(files.joined(separator: " "))"))
        guard columns.found.isEmpty, files.isEmpty, emergencies.allSatisfy(\.isEmergency),
            doubtful.allSatisfy(\.isInReview), cards.allSatisfy(\.isRedacted)
        else { throw LoadProcess.Failure(command: "scanned forms", answer: missed(outcomes)) }
    }

    private func missed(_ outcomes: [Outcome]) -> String {
        let wrong = outcomes.filter {
            ($0.form.isEmergency && $0.form.scan != .poor && !$0.isEmergency)
                || ($0.isExpectedInReview && !$0.isInReview)
                || ($0.form.cardNumber != nil && $0.form.scan != .poor && !$0.isRedacted)
        }
        return wrong.prefix(5).map { "\($0.form): \($0.answer)" }.joined(separator: "; ")
    }

    private func add(_ what: String, _ count: Int, of whole: Int) {
        bench.report.add(Report.Line(what: what, hub: "\(count)", note: "of \(whole)"))
    }
}
