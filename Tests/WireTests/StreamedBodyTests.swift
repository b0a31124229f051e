import Testing
import Wire

@Suite("Bodies that are handed on as they come")
struct StreamedBodyTests {
    private static let lengthed =
        httpHead("POST /a HTTP/1.1", "Host: h", "Content-Length: 11") + Array("hello world".utf8)
    private static let chunked =
        httpHead("POST /a HTTP/1.1", "Host: h", "Transfer-Encoding: chunked")
        + Array("6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\n\r\n".utf8)
    private static let next = httpHead("GET /b HTTP/1.1", "Host: h")

    @Test(
        "They are the same at every split, and the next request is found behind them", arguments: [lengthed, chunked])
    func everySplit(_ request: [UInt8]) {
        let stream = request + Self.next
        for split in 0...stream.count {
            let reading = RequestReading(
                [Array(stream[..<split]), Array(stream[split...])], streamedBodyLimit: 11)
            #expect(reading.error == nil)
            #expect(reading.begun.map(\.path) == ["/a"])
            #expect(reading.streamed == Array("hello world".utf8), "split at \(split)")
            #expect(reading.ends == 1)
            #expect(reading.requests.map(\.head.path) == ["/b"])
        }
    }

    @Test("They have a limit of their own, above or below that of the others", arguments: [lengthed, chunked])
    func limit(_ request: [UInt8]) {
        let small = HTTPLimits(maximumBodyBytes: 4)
        #expect(RequestReading([request], limits: small, streamedBodyLimit: 11).error == nil)
        #expect(RequestReading([request], limits: small).error == .bodyTooLarge)
        #expect(RequestReading([request], streamedBodyLimit: 10).error == .bodyTooLarge)
        let bytewise = request.map { [$0] }
        #expect(RequestReading(bytewise, streamedBodyLimit: 10).error == .bodyTooLarge)
        #expect(RequestReading(bytewise, streamedBodyLimit: 11).streamed.count == 11)
    }

    @Test("A request without a body is a whole request")
    func none() {
        let reading = RequestReading([Self.next], streamedBodyLimit: 10)
        #expect(reading.requests.count == 1)
        #expect(reading.begun.isEmpty)
    }
}
