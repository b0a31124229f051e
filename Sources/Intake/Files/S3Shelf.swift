import Cryptography
package import Outbound

/// Sealed files in a bucket that speaks Amazon's S3, signed by Signature Version 4. Confined to its loop.
///
/// A file is gathered in memory, sealed, and put there whole by one request: S3 shows it whole or not at all, and answers
/// once it is durable. So many files at most are on their way at once; one more is refused, which is told as 503.
package final class S3Shelf: FileShelf {
    /// How S3 is reached.
    package struct Access: Sendable {
        /// The bucket's address without a trailing slash: `https://bucket.s3.eu-central-1.amazonaws.com`, or
        /// `https://minio.example/bucket`.
        package let bucketURL: String
        package let signature: AWSSignature
        /// The time for one file.
        package var deadline = Duration.seconds(25)
        /// Files that are on their way at once, on this loop.
        package var concurrent = 4

        package init(bucketURL: String, signature: AWSSignature) {
            self.bucketURL = bucketURL
            self.signature = signature
        }
    }

    private let access: Access
    private let client: OutboundClient
    private var underWay = 0

    /// - Parameter client: its answers may be as large as a file.
    package init(_ access: Access, client: OutboundClient) {
        self.access = access
        self.client = client
    }

    package func begin(_ key: String) async throws(ShelfError) -> any FileDraft {
        guard underWay < access.concurrent else { throw .failed("too many files are on their way to S3") }
        underWay += 1
        return S3Draft(key, on: self)
    }

    package func read(_ key: String, atMost limit: Int) async throws(ShelfError) -> [UInt8] {
        let answer = try await perform(.get, key, [])
        switch answer.status {
        case 200:
            guard answer.body.count <= limit else { throw .tooLarge }
            return answer.body
        case 404: throw .missing
        default: throw .failed("S3 answered \(answer.status)")
        }
    }

    package func remove(_ key: String) async throws(ShelfError) {
        let answer = try await perform(.delete, key, [])
        guard [200, 204, 404].contains(answer.status) else { throw .failed("S3 answered \(answer.status)") }
    }

    fileprivate func put(_ key: String, _ bytes: [UInt8]) async throws(ShelfError) {
        let answer = try await perform(.put, key, bytes)
        guard answer.isSuccess else { throw .failed("S3 answered \(answer.status)") }
    }

    fileprivate func ended() { underWay -= 1 }

    private func perform(
        _ method: OutboundRequest.Method, _ key: String, _ body: [UInt8]
    ) async throws(ShelfError) -> OutboundResponse {
        var request = OutboundRequest(
            method, "\(access.bucketURL)/\(key).sealed",
            headers: [HeaderField("x-amz-content-sha256", Hex.encode(SHA256.hash(body)))], body: body)
        if !body.isEmpty { request.headers.append(HeaderField("Content-Type", "application/octet-stream")) }
        request.signature = access.signature
        switch await client.perform(request, deadline: access.deadline) {
        case .response(let response): return response
        case .notSent(let failure), .outcomeUnknown(let failure): throw .failed("S3: \(failure)")
        }
    }
}

private final class S3Draft: FileDraft {
    private let key: String
    private let shelf: S3Shelf
    private var bytes: [UInt8] = []
    private var isOver = false

    init(_ key: String, on shelf: S3Shelf) {
        self.key = key
        self.shelf = shelf
    }

    // Where its owner forgets it, its place is free again.
    deinit { if !isOver { shelf.ended() } }

    func append(_ bytes: [UInt8]) async throws(ShelfError) { self.bytes += bytes }

    func commit() async throws(ShelfError) {
        try await shelf.put(key, bytes)
        end()
    }

    func abandon() async { end() }

    private func end() {
        guard !isOver else { return }
        isOver = true
        bytes = []
        shelf.ended()
    }
}
