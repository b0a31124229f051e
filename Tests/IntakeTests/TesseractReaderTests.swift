import Clinic
import Intake
import Platform
import TestSupport
import Testing

@Suite("Reading by tesseract")
struct TesseractReaderTests {
    private func withReader<Value: Sendable>(
        program: String = "/usr/bin/tesseract",
        _ change: @escaping @Sendable (inout TesseractReader.Limits) -> Void = { _ in },
        _ body: @escaping @Sendable (TesseractReader) async throws -> Value
    ) async throws -> Value {
        try await onLoop { _ in
            let workers = try Workers(name: "reader", threads: 1)
            defer { workers.stop() }
            var limits = TesseractReader.Limits()
            change(&limits)
            return try await body(
                TesseractReader(program: program, languages: "eng", limits: limits, workers: workers))
        }
    }

    /// Form 1 is an emergency, form 3 has a card number.
    private static let forms = SampleForm.series(4, legible: true)

    @Test("A drawn form is read with its fields, in each type of image", arguments: [FormFileType.jpeg, .png, .tiff])
    func reads(_ type: FormFileType) async throws {
        let form = Self.forms[1]
        let image = try FormDrawing.image(of: form, as: type)
        let text = try await withReader { try await $0.read(image, type: type) }
        let reading = FormReading(text)
        let name = reading.fields.first { $0.field == .fullName }?.value
        #expect(name == PHI(form.fullName))
        #expect(reading.isEmergency)
        #expect(reading.confidence >= 85)
    }

    @Test("What cannot be read is told as a word: garbage, a PDF, too many pixels, too little time")
    func refusals() async throws {
        let image = try FormDrawing.image(of: Self.forms[0], as: .jpeg)
        let cut = Array(image.prefix(3_000))
        await #expect(throws: ReadingFailure.unreadable("NOT_READABLE")) {
            try await withReader { try await $0.read(cut, type: .jpeg) }
        }
        await #expect(throws: ReadingFailure.unreadable("PDF_NOT_READ")) {
            try await withReader { try await $0.read(Array("%PDF-1.7".utf8), type: .pdf) }
        }
        await #expect(throws: ReadingFailure.unreadable("MALFORMED_FILE")) {
            try await withReader { try await $0.read([0x89, 0x50, 0x4E, 0x47, 1, 2, 3, 4], type: .png) }
        }
        await #expect(throws: ReadingFailure.unreadable("TOO_MANY_PIXELS")) {
            try await withReader({ $0.megapixels = 1 }) { try await $0.read(image, type: .jpeg) }
        }
        await #expect(throws: ReadingFailure.failed("TIMED_OUT")) {
            try await withReader({ $0.run.time = .milliseconds(1) }) { try await $0.read(image, type: .jpeg) }
        }
    }

    @Test("A program that is missing is an obstacle, not an error")
    func missing() async throws {
        let obstacle = try await withReader(program: "/no/such/tesseract") { await $0.obstacle() }
        #expect(obstacle?.contains("/no/such/tesseract") == true)
        #expect(try await withReader { await $0.obstacle() } == nil)
    }
}
