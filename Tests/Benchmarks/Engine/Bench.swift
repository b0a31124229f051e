import Clinic
import Database

/// One run: what was asked for, what it found, and the database that the measures share.
final class Bench {
    let options: Options
    let report = Report()
    let baselines: Baselines
    private var started: BenchDatabase?

    init(_ options: Options) throws {
        self.options = options
        baselines = try Baselines()
    }

    /// Runs the measures; a measure that fails does not keep the others from being run.
    func run() -> Outcome {
        defer { started?.end() }
        var hasFailed = false
        for measure in options.measures {
            do {
                try run(measure)
            } catch {
                hasFailed = true
                report.add(Report.Line(what: measure.rawValue, hub: "failed", note: "\(error)"))
            }
        }
        let gatesHold = report.finish()
        return hasFailed ? .failed : gatesHold ? .passed : .gateBroken
    }

    /// The exit codes of a run.
    enum Outcome: CInt {
        case passed = 0
        case gateBroken = 1
        case failed = 3
    }

    private func run(_ measure: Measure) throws {
        switch measure {
        case .delivery: try DeliveryCost(bench: self).run()
        case .memory: try IdleMemory(bench: self).run()
        case .screen: try CommitToScreen(bench: self).run()
        case .arrival: try Arrival(bench: self).run()
        case .mix: try RealisticMix(bench: self).run()
        case .slow: try SlowReader(bench: self).run()
        case .resume: try ResumeUnderFire(bench: self).run()
        case .compare: try OtherServers(bench: self).run()
        case .alerts: try DurableAlerts(bench: self).run()
        case .isolation: try IsolationTime(bench: self).run()
        case .timers: try TimerLateness(bench: self).run()
        case .pages: try PagesUnderFire(bench: self).run()
        case .intake: try ScannedForms(bench: self).run()
        case .audit: try AuditProofTime(bench: self).run()
        case .counts: try FrameCounts(bench: self).run()
        }
    }

    /// Started when first asked for.
    func database() throws -> BenchDatabase {
        if let started { return started }
        report.progress("starts a private PostgreSQL")
        let database = try BenchDatabase()
        started = database
        return database
    }

    /// The serving side in this process, on so many loops.
    func hub(loops: Int, _ variant: BenchHub.Variant = BenchHub.Variant()) throws -> BenchHub {
        try BenchHub(database().access.settings(.hub), loops: loops, variant)
    }

    func epoch(of clinic: BenchClinic) throws -> EpochID {
        try clinic.epoch(in: database().access.settings(.superuser))
    }
}

extension BenchClinic {
    /// The epoch of its channel, read as the superuser.
    func epoch(in database: ConnectionSettings) throws -> EpochID {
        let rows = try BlockingConnection(database).query(
            "SELECT epoch::text FROM clinic_channels WHERE clinic_id = $1", [.text(id.description)])
        guard let text = try rows.first?.string(0), let epoch = EpochID(text) else { throw ControlLine.Lost() }
        return epoch
    }
}
