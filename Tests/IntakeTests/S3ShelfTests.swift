import Intake
import Outbound
import TestSupport
import Testing

@Suite("Files in S3")
struct S3ShelfTests {
    private static let key = "00000000-0000-4000-8000-000000000001/00000000-0000-4000-8000-000000000002"

    private func withShelf(
        secret: String = FakeS3.secretKey, _ body: @escaping @Sendable (S3Shelf, FakeS3) async throws -> Void
    ) async throws {
        let bucket = try FakeS3()
        defer { bucket.end() }
        try await onLoop { reactor in
            var limits = OutboundLimits()
            limits.maximumBodyBytes = 4 << 20
            let client = try OutboundClient(reactor: reactor, limits: limits)
            defer { client.close() }
            let signature = AWSSignature(
                region: FakeS3.region, service: "s3", accessKeyID: FakeS3.accessKey, secretAccessKey: secret)
            var access = S3Shelf.Access(bucketURL: "http://127.0.0.1:\(bucket.port)/bucket", signature: signature)
            access.concurrent = 2
            try await body(S3Shelf(access, client: client), bucket)
        }
    }

    @Test("A file is put whole by one signed request, read and removed; before its commit nothing is there")
    func wholeWay() async throws {
        try await withShelf { shelf, bucket in
            let bytes = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0) }
            let draft = try await shelf.begin(Self.key)
            try await draft.append(Array(bytes.prefix(700_000)))
            try await draft.append(Array(bytes.dropFirst(700_000)))
            #expect(bucket.kept.isEmpty)
            try await draft.commit()
            #expect(bucket.kept == ["/bucket/\(Self.key).sealed": bytes])
            #expect(try await shelf.read(Self.key, atMost: 2_000_000) == bytes)
            await #expect(throws: ShelfError.tooLarge) { try await shelf.read(Self.key, atMost: 1_000) }
            try await shelf.remove(Self.key)
            await #expect(throws: ShelfError.missing) { try await shelf.read(Self.key, atMost: 2_000_000) }
        }
    }

    @Test("A refusal is told, and so many drafts at most are open")
    func refused() async throws {
        try await withShelf(secret: "another") { shelf, bucket in
            let draft = try await shelf.begin(Self.key)
            try await draft.append([1])
            await #expect(throws: ShelfError.failed("S3 answered 403")) { try await draft.commit() }
            await draft.abandon()
            #expect(bucket.kept.isEmpty)
            let open = [try await shelf.begin(Self.key), try await shelf.begin(Self.key)]
            await #expect(throws: ShelfError.self) { _ = try await shelf.begin(Self.key) }
            for draft in open { await draft.abandon() }
            _ = try await shelf.begin(Self.key)
        }
    }
}
