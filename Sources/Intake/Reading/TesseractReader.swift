package import Clinic
import Glibc
package import Platform

/// Reads forms by the program `tesseract` (Debian: tesseract-ocr): image in by its input, a table of words out.
///
/// The image never stands on a disk in clear: it goes through a socket, and the program can write no file. It has a limit of
/// time, memory and output, and is given nothing with more pages or pixels than it may take.
package final class TesseractReader: TextReader {
    /// What one form may cost.
    package struct Limits: Sendable {
        package var run = BoundedRun.Limits()
        package var pages = 10
        package var megapixels = 60

        package init() {}
    }

    package let name = "tesseract"
    private let program: String
    private let languages: String
    private let limits: Limits
    private let workers: Workers

    /// - Parameters:
    ///   - program: its path.
    ///   - languages: as its option `-l` takes them, `eng+spa`.
    ///   - workers: a thread for each form that is read at once.
    package init(program: String, languages: String, limits: Limits = Limits(), workers: Workers) {
        self.program = program
        self.languages = languages
        self.limits = limits
        self.workers = workers
    }

    package func obstacle() async -> String? {
        let program = program
        let isThere = await workers.run { unsafe access(program, X_OK) == 0 }
        return isThere ? nil : "The program \(program) is missing; install tesseract-ocr, or set intake.ocr.program."
    }

    package func read(_ file: [UInt8], type: FormFileType) async throws(ReadingFailure) -> RecognizedText {
        guard type != .pdf else { throw .unreadable("PDF_NOT_READ") }
        let (program, languages, limits) = (program, languages, limits)
        return try await workers.run { () -> Result<RecognizedText, ReadingFailure> in
            Result { () throws(ReadingFailure) in
                try Self.read(file, type: type, by: program, languages, limits)
            }
        }.get()
    }

    private static func read(
        _ file: [UInt8], type: FormFileType, by program: String, _ languages: String, _ limits: Limits
    ) throws(ReadingFailure) -> RecognizedText {
        guard let shape = FormFileShape(file, type: type) else { throw .unreadable("MALFORMED_FILE") }
        guard shape.pages <= limits.pages else { throw .unreadable("TOO_MANY_PAGES") }
        guard shape.pixels <= limits.megapixels * 1_000_000 else { throw .unreadable("TOO_MANY_PIXELS") }
        let outcome: BoundedRun.Outcome
        do throws(SystemError) {
            // Its own threads would take the other loops' processors.
            outcome = try BoundedRun.run(
                program, ["stdin", "stdout", "-l", languages, "--psm", "6", "tsv"],
                environment: ["PATH=/usr/bin:/bin", "HOME=/", "LC_ALL=C.UTF-8", "OMP_THREAD_LIMIT=1"], input: file,
                limits: limits.run)
        } catch {
            throw .failed("NOT_STARTED")
        }
        switch outcome {
        case .timedOut: throw .failed("TIMED_OUT")
        case .tooMuchOutput: throw .unreadable("TOO_MUCH_TEXT")
        case .ended(let code, let output):
            // 1 is what it says of a file that it cannot read; a signal is one of a limit.
            guard code == 0 else { throw code == 1 ? .unreadable("NOT_READABLE") : .failed("ENDED_WITH_\(code)") }
            guard let text = RecognizedText(tsv: output) else { throw .failed("NOT_UNDERSTOOD") }
            return text
        }
    }
}
