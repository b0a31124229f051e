import Clinic
import Hub
import Intake
import Outbound
import Platform
import Settings
import Store

/// How this hub takes forms in and reads them. A value; the threads that block for it are shared by the loops.
struct IntakeConfiguration: Sendable {
    private let settings: Settings.Intake
    private let directory: String
    private let rules: IntakeRules
    private let files: Workers
    private let readers: Workers
    /// Nil where files are kept in the directory.
    private let bucket: S3Shelf.Access?

    /// Threads that write and read files: two, so that a slow flush does not hold up everybody.
    private static let fileThreads = 2

    init(_ all: Settings, secrets: Secrets) throws {
        settings = all.intake
        directory = settings.directory.isEmpty ? "\(all.dataDirectory)/intake" : settings.directory
        var rules = IntakeRules(
            emergencyFrom: settings.emergencyPercent, criticalFrom: settings.criticalPercent,
            reviewBelow: Double(settings.reviewPercent) / 100)
        if !settings.emergencyTerms.isEmpty {
            rules.terms = try settings.emergencyTerms.map { text in
                guard let term = Self.term(text) else {
                    throw StartError("intake.emergencyTerms: \(text) is not a weight from 0.01 to 1.00 and a phrase")
                }
                return term
            }
        }
        self.rules = rules
        files = try Workers(name: "files", threads: Self.fileThreads)
        readers = try Workers(name: "reader", threads: max(1, settings.concurrentReadings))
        bucket = secrets.s3SecretKey.map { [s3 = settings.s3] secret in
            S3Shelf.Access(
                bucketURL: s3.bucketURL,
                signature: AWSSignature(
                    region: s3.region, service: "s3", accessKeyID: s3.accessKeyID, secretAccessKey: secret.revealed))
        }
    }

    /// `0.75 chest pain`.
    private static func term(_ text: String) -> TriageTerm? {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let weight = Double(parts[0]) else { return nil }
        return TriageTerm(String(parts[1]), weight: weight)
    }

    /// What one loop takes forms in with.
    func desk(reactor: Reactor, vault: PHIVault, status: IntakeStatus) throws -> FormDesk {
        FormDesk(
            shelf: try shelf(reactor), vault: vault, maximumBytes: settings.fileBytes, status: status, workers: files)
    }

    /// Who seals the files anew.
    func rotation(reactor: Reactor, vault: PHIVault, store: Store) throws -> FileRotation {
        FileRotation(
            shelf: try shelf(reactor), vault: vault, store: store, maximumBytes: settings.fileBytes)
    }

    private func shelf(_ reactor: Reactor) throws -> any FileShelf {
        guard let bucket else { return DirectoryShelf(root: directory, workers: files) }
        return S3Shelf(bucket, client: try client(reactor, answers: SealedFile.length(ofPlain: settings.fileBytes)))
    }

    private func client(_ reactor: Reactor, answers bytes: Int) throws -> OutboundClient {
        var limits = OutboundLimits()
        limits.maximumBodyBytes = bytes
        return try OutboundClient(reactor: reactor, limits: limits)
    }

    /// Removes what uploads left behind that a kill cut off.
    func sweep(_ desk: FormDesk) async { await (desk.shelf as? DirectoryShelf)?.sweep() }

    /// Who reads for this process; nil where it leaves that to others.
    func engine(reactor: Reactor, hub: ClinicHub, desk: FormDesk) throws -> IntakeEngine? {
        guard settings.concurrentReadings > 0 else { return nil }
        var limits = IntakeEngine.Limits()
        limits.concurrent = settings.concurrentReadings
        limits.lease = .seconds(settings.leaseSeconds)
        limits.retry = JobRetry(
            attempts: settings.attempts, firstRest: .seconds(settings.retrySeconds),
            longestRest: .seconds(settings.longestRetrySeconds))
        return IntakeEngine(
            reactor: reactor, hub: hub, desk: desk, reader: try reader(reactor), rules: rules, workers: readers,
            limits: limits)
    }

    /// The largest table of words that is taken.
    private static let tableBytes = 8 << 20

    private func reader(_ reactor: Reactor) throws -> any TextReader {
        guard settings.ocr.serviceURL.isEmpty else {
            return ServiceReader(
                url: settings.ocr.serviceURL, deadline: .seconds(settings.ocr.seconds),
                client: try client(reactor, answers: Self.tableBytes))
        }
        var limits = TesseractReader.Limits()
        limits.run.time = .seconds(settings.ocr.seconds)
        limits.run.memoryBytes = settings.ocr.megabytes << 20
        limits.pages = settings.ocr.pages
        limits.megapixels = settings.ocr.megapixels
        return TesseractReader(
            program: settings.ocr.program, languages: settings.ocr.languages, limits: limits, workers: readers)
    }
}
