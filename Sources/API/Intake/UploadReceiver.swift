import Clinic
import Hub
import Intake
import Platform
import Store
import Transport
import Wire

/// Takes a form in as it comes: parts it, looks at its first bytes, seals it, and writes it. It keeps a few pieces of 64 KiB
/// in memory, however large the form is.
struct UploadReceiver {
    /// A form whose file is safe on the shelf.
    struct Received {
        let form: IntakeFormID
        let storageKey: String
        let type: FormFileType
        let filename: PHI<String>?
        let written: FormWriter.Written
        let patient: PatientID?
    }

    /// What the multipart framing may add to the file.
    static let overheadBytes = 64 << 10

    let desk: FormDesk
    /// Says that a file is about to be written.
    let announce: (String) async throws(StoreError) -> Void

    /// Reads the whole body. Nothing remains of a form that is refused.
    func receive(
        _ body: RequestBody, fields: HTTPFields, clinic: ClinicID
    ) async throws(Problem) -> Received {
        var reading = try Reading(fields, maximumBytes: desk.maximumBytes)
        let form = IntakeFormID.random()
        let key = "\(clinic)/\(form)"
        var writer: FormWriter?
        do throws(Problem) {
            while let bytes = try await next(of: body) {
                for piece in try reading.pieces(of: bytes) {
                    if writer == nil { writer = try await begin(key) }
                    if let writer { try await append(piece, to: writer) }
                }
            }
            let (type, patient) = try reading.finish()
            guard let writer else { throw Self.missingFile }
            let written = try await commit(writer)
            return Received(
                form: form, storageKey: key, type: type, filename: reading.filename, written: written, patient: patient)
        } catch {
            await writer?.abandon()
            throw error
        }
    }

    private func next(of body: RequestBody) async throws(Problem) -> [UInt8]? {
        do throws(RequestBody.Lost) {
            return try await body.next()
        } catch {
            throw Problem(.badRequest, "malformed-form", "The form's body did not arrive whole.")
        }
    }

    private func begin(_ key: String) async throws(Problem) -> FormWriter {
        do throws(StoreError) { try await announce(key) } catch { throw Problem(error) }
        do throws(ShelfError) {
            return try await FormWriter(key, on: desk.shelf, vault: desk.vault)
        } catch {
            throw .storage(error)
        }
    }

    private func commit(_ writer: FormWriter) async throws(Problem) -> FormWriter.Written {
        do throws(ShelfError) { return try await writer.commit() } catch { throw .storage(error) }
    }

    private func append(_ piece: [UInt8], to writer: FormWriter) async throws(Problem) {
        do throws(ShelfError) { try await writer.append(piece) } catch { throw .storage(error) }
    }

    static let missingFile = Problem(
        .unprocessableContent, "invalid-field", "The form must have one part named file, with the scan in it.",
        field: "file")
}

/// The parts of a form as its body comes.
private struct Reading {
    private enum Part {
        case file, patient
    }

    private var parser: MultipartParser
    private var part = Part.file
    private var mediaType: String?
    private(set) var filename: PHI<String>?
    private var hasFile = false
    private var type: FormFileType?
    /// The file's first bytes, until there are enough to tell its type.
    private var beginning: [UInt8] = []
    private var patientText: [UInt8] = []
    private var hasPatient = false

    init(_ fields: HTTPFields, maximumBytes: Int) throws(Problem) {
        do throws(MultipartError) {
            let limits = MultipartLimits(
                maximumParts: 2, maximumPartBytes: maximumBytes, maximumBytes: maximumBytes + 4_096)
            parser = MultipartParser(boundary: try MultipartBoundary(fields), limits: limits)
        } catch {
            throw Problem(error)
        }
    }

    /// The pieces of the file that these bytes hold, once its type is known to be one that is read.
    mutating func pieces(of bytes: [UInt8]) throws(Problem) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var offset = 0
        while true {
            let event: MultipartParser.Event
            do throws(MultipartError) {
                event = try parser.next(in: bytes.span, at: &offset)
            } catch {
                throw Problem(error)
            }
            switch event {
            case .needsInput: return pieces
            case .part(let head): try begin(head)
            case .body(let slice):
                let body = slice.bytes(of: bytes.span)
                switch part {
                case .file: if let piece = try filePiece(body) { pieces.append(piece) }
                case .patient:
                    patientText += body
                    guard patientText.count <= 36 else { throw Self.wrongPatient }
                }
            }
        }
    }

    private mutating func begin(_ head: MultipartPart) throws(Problem) {
        switch head.name {
        case "file":
            part = .file
            hasFile = true
            mediaType = head.contentType
            filename = head.filename.map { PHI($0) }
        case "patientId":
            part = .patient
            hasPatient = true
        default:
            throw Problem(
                .unprocessableContent, "invalid-field", "The form takes the parts file and patientId.", field: "file")
        }
    }

    private mutating func filePiece(_ body: [UInt8]) throws(Problem) -> [UInt8]? {
        guard type == nil else { return body }
        beginning += body
        guard beginning.count >= FormFileType.signatureLength else { return nil }
        guard let found = FormFileType(signature: beginning), found.fits(mediaType: mediaType) else {
            throw Self.unsupported
        }
        type = found
        defer { beginning = [] }
        return beginning
    }

    /// At the end of the body.
    mutating func finish() throws(Problem) -> (FormFileType, PatientID?) {
        do throws(MultipartError) { try parser.finish() } catch { throw Problem(error) }
        guard hasFile else { throw UploadReceiver.missingFile }
        guard let type else { throw Self.unsupported }
        guard hasPatient else { return (type, nil) }
        guard let patient = PatientID(utf8: patientText) else { throw Self.wrongPatient }
        return (type, patient)
    }

    private static let unsupported = Problem(
        .unsupportedMediaType, "unsupported-file",
        "The file must be a PNG, JPEG, TIFF or PDF by its first bytes, and of the type that its part names.",
        field: "file")
    private static let wrongPatient = Problem(
        .unprocessableContent, "invalid-field", "The field patientId must be a UUID.", field: "patientId")
}

extension Problem {
    init(_ error: MultipartError) {
        self.init(error.status, "malformed-form", "The form is not accepted: \(error.rawValue).")
    }

    /// The file could not be kept or found.
    static func storage(_ error: ShelfError) -> Problem {
        Log.error("a form's file is not stored", ["error": "\(error)"])
        return Problem(
            .serviceUnavailable, "storage-unavailable",
            "The form's file cannot be stored or read at the moment. Try again.",
            retryAfterSeconds: 5)
    }
}
