import Clinic
import Intake
import Outbound
import Platform
import TestSupport
import Testing
import Wire

@Suite("Reading by a service")
struct ServiceReaderTests {
    private func read(_ answer: HTTPResponse?) async throws -> (RecognizedText, [HTTPRequest]) {
        let asked = Locked<[HTTPRequest]>([])
        let server = try AnsweringServer { request in
            asked.withLock { $0.append(request) }
            return answer ?? HTTPResponse(.internalServerError)
        }
        defer { server.end() }
        let text = try await onLoop { reactor in
            let client = try OutboundClient(reactor: reactor)
            defer { client.close() }
            let reader = ServiceReader(
                url: "http://127.0.0.1:\(server.port)/read", deadline: .seconds(5), client: client)
            return try await reader.read([1, 2, 3], type: .pdf)
        }
        return (text, asked.withLock { $0 })
    }

    private static let table = Array(
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90\tName:\n"
            .utf8)

    @Test("It is posted the file with its type, and its table of words is the text")
    func reads() async throws {
        let (text, asked) = try await read(
            HTTPResponse(.ok, contentType: "text/tab-separated-values", body: Self.table))
        #expect(text.text == "Name:")
        #expect(asked.map(\.body) == [[1, 2, 3]])
        #expect(asked.first?.head.contentType == "application/pdf")
    }

    @Test("What it cannot read is for a person; what it does not answer is tried again")
    func failures() async throws {
        let answers: [(HTTPResponse?, ReadingFailure)] = [
            (HTTPResponse(.unprocessableContent), .unreadable("NOT_READABLE")),
            (HTTPResponse(.serviceUnavailable), .failed("ANSWERED_503")),
            (HTTPResponse(.ok, contentType: "text/html", body: Array("<html>".utf8)), .failed("NOT_UNDERSTOOD")),
        ]
        for (answer, failure) in answers {
            await #expect(throws: failure) { try await read(answer) }
        }
        await #expect(throws: ReadingFailure.failed("SERVICE_AWAY")) {
            try await onLoop { reactor in
                let client = try OutboundClient(reactor: reactor)
                defer { client.close() }
                let reader = ServiceReader(url: "http://127.0.0.1:1/read", deadline: .seconds(5), client: client)
                return try await reader.read([1], type: .png)
            }
        }
    }
}
