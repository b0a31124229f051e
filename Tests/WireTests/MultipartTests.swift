import Testing
import Wire

/// What a parser makes of a body that comes in pieces.
struct MultipartReading: Equatable {
    struct Part: Equatable {
        let name: String
        var filename: String?
        var contentType: String?
        var body: [UInt8] = []
    }

    var parts: [Part] = []
    var error: MultipartError?

    init(_ pieces: [[UInt8]], boundary: String = "b", limits: MultipartLimits = MultipartLimits()) throws {
        var parser = MultipartParser(boundary: try #require(MultipartBoundary(boundary)), limits: limits)
        do throws(MultipartError) {
            for piece in pieces {
                var offset = 0
                while true {
                    let event = try parser.next(in: piece.span, at: &offset)
                    if event == .needsInput { break }
                    take(event, piece)
                }
            }
            try parser.finish()
        } catch {
            self.error = error
        }
    }

    private mutating func take(_ event: MultipartParser.Event, _ piece: [UInt8]) {
        switch event {
        case .needsInput: break
        case .part(let part):
            parts.append(Part(name: part.name, filename: part.filename, contentType: part.contentType))
        case .body(let slice):
            let bytes = slice.bytes(of: piece.span)
            #expect(!bytes.isEmpty)
            parts[parts.count - 1].body += bytes
        }
    }
}

@Suite("multipart/form-data (RFC 7578)")
struct MultipartTests {
    static let upload = Array(
        """
        --b\r\nContent-Disposition: form-data; name="patientId"\r\n\r\n6f1c\r\n\
        --b \t\r\ncontent-disposition: Form-Data; filename="Überweisung \\"1\\".pdf"; name=document\r\n\
        Content-Type: Application/PDF; x=y\r\n\r\n%PDF\r\n--\r\n--c\r\n\r\r\n--\r\n\r\n\
        --b\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n--b--\r\n
        """.utf8)

    static let parts = [
        MultipartReading.Part(name: "patientId", body: Array("6f1c".utf8)),
        MultipartReading.Part(
            name: "document", filename: "Überweisung \"1\".pdf", contentType: "application/pdf",
            body: Array("%PDF\r\n--\r\n--c\r\n\r\r\n--\r\n".utf8)),
        MultipartReading.Part(name: "empty"),
    ]

    @Test("a form is the same whole, byte by byte and cut at each place")
    func everySplit() throws {
        #expect(try MultipartReading([Self.upload]).parts == Self.parts)
        #expect(try MultipartReading(Self.upload.map { [$0] }).parts == Self.parts)
        for cut in 0...Self.upload.count {
            let reading = try MultipartReading([Array(Self.upload[..<cut]), Array(Self.upload[cut...])])
            #expect(reading.parts == Self.parts && reading.error == nil, "cut at \(cut)")
        }
        for cut in 0..<Self.upload.count - 1 {
            let middle = [Self.upload[cut]]
            let reading = try MultipartReading(
                [Array(Self.upload[..<cut]), middle, Array(Self.upload[(cut + 1)...])])
            #expect(reading.parts == Self.parts && reading.error == nil, "around \(cut)")
        }
    }

    @Test("a body that is cut off anywhere is truncated, unless only its last line end is missing")
    func truncated() throws {
        for length in 0..<Self.upload.count {
            let isComplete = length == Self.upload.count - 2
            #expect(
                try MultipartReading([Array(Self.upload[..<length])]).error == (isComplete ? nil : .truncated),
                "\(length) bytes")
        }
    }

    @Test("no prefix of the delimiter is taken out of a body, wherever it is cut")
    func almostDelimiters() throws {
        let boundary = "--x--"
        let delimiter = Array("\r\n--\(boundary)".utf8)
        for length in 1..<delimiter.count {
            for repeated in 1...3 {
                let start = Array(delimiter[..<length])
                let body: [UInt8] = Array([[UInt8]](repeating: start, count: repeated).joined()) + [0x0D]
                let head = Array("--\(boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\n".utf8)
                let whole: [UInt8] = head + body + delimiter + Array("--".utf8)
                for cut in 0...whole.count {
                    let reading = try MultipartReading(
                        [Array(whole[..<cut]), Array(whole[cut...])], boundary: boundary)
                    #expect(reading == (try MultipartReading([whole], boundary: boundary)))
                    #expect(reading.parts.first?.body == body, "\(length) × \(repeated), cut at \(cut)")
                }
            }
        }
    }

    @Test("a form without parts is a form; one empty line may stand before it")
    func empty() throws {
        for text in ["--b--", "--b--\r\n", "\r\n--b--\r\n", "--b-- \t\r\n"] {
            let reading = try MultipartReading([Array(text.utf8)])
            #expect(reading.parts.isEmpty && reading.error == nil)
        }
    }

    @Test("a body in memory is read by its Content-Type")
    func form() throws {
        let form = try MultipartForm(
            Self.upload, fields: ["Content-Type": "Multipart/Form-Data; charset=utf-8; boundary=\"b\""])
        #expect(form.entries.map(\.part.name) == ["patientId", "document", "empty"])
        #expect(form["document"]?.body == Self.parts[1].body)
        #expect(form["none"] == nil)
    }

    @Test("the slices of a body lie in the input; only what looked like a delimiter is kept")
    func slices() throws {
        var parser = MultipartParser(boundary: try #require(MultipartBoundary("b")))
        let first = Array("--b\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n-".utf8)
        var offset = 0
        var events: [MultipartParser.Event] = []
        while offset < first.count { events.append(try parser.next(in: first.span, at: &offset)) }
        #expect(events.count == 2 && events[1] == .body(.inInput(first.count - 6..<first.count - 3)))
        offset = 0
        let second = Array("def".utf8)
        #expect(try parser.next(in: second.span, at: &offset) == .body(.held(Array("\r\n-".utf8))))
        #expect(try parser.next(in: second.span, at: &offset) == .body(.inInput(0..<3)))
    }
}
