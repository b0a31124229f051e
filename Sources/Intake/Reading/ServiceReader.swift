package import Clinic
package import Outbound

/// Reads forms by an HTTP service: it is posted the file, and answers the table of words that `tesseract … tsv` writes.
///
/// The service sees the form in clear, so it must be one that may; over `https` unless it is on the same machine.
package final class ServiceReader: TextReader {
    package let name = "service"
    private let url: String
    private let deadline: Duration
    private let client: OutboundClient

    /// - Parameter client: its answers may be as large as a table of words.
    package init(url: String, deadline: Duration, client: OutboundClient) {
        self.url = url
        self.deadline = deadline
        self.client = client
    }

    /// A service that is away is found out by asking it; its jobs are tried again.
    package func obstacle() async -> String? { nil }

    package func read(_ file: [UInt8], type: FormFileType) async throws(ReadingFailure) -> RecognizedText {
        let request = OutboundRequest(
            .post, url,
            headers: [HeaderField("Content-Type", type.rawValue), HeaderField("Accept", "text/tab-separated-values")],
            body: file)
        switch await client.perform(request, deadline: deadline) {
        case .response(let answer) where answer.status == 200:
            guard let text = RecognizedText(tsv: answer.body) else { throw .failed("NOT_UNDERSTOOD") }
            return text
        // It understood the request and cannot read the file.
        case .response(let answer) where answer.status == 415 || answer.status == 422:
            throw .unreadable("NOT_READABLE")
        case .response(let answer): throw .failed("ANSWERED_\(answer.status)")
        case .notSent, .outcomeUnknown: throw .failed("SERVICE_AWAY")
        }
    }
}
