import Clinic
import Cryptography
import Foundation
import Intake
import Platform
import Store
import TestSupport
import Testing

@Suite("Files in a directory")
struct DirectoryShelfTests {
    private static let key = "00000000-0000-4000-8000-000000000001/00000000-0000-4000-8000-000000000002"

    /// A shelf in a directory of its own, on a loop.
    private func withShelf(
        _ body: @escaping @Sendable (DirectoryShelf, String, Reactor) async throws -> Void
    ) async throws {
        // Not even the directory above it is there yet.
        let above = "/tmp/alert-hub-test-shelf-\(UInt64.random(in: 0...UInt64.max))"
        let root = "\(above)/intake"
        defer { try? FileManager.default.removeItem(atPath: above) }
        try await onLoop { reactor in
            let workers = try Workers(name: "files", threads: 2)
            defer { workers.stop() }
            try await body(DirectoryShelf(root: root, workers: workers), root, reactor)
        }
    }

    private static func files(_ root: String) -> [String] {
        (FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []).filter { $0.contains("/") }
    }

    @Test("A file is there once it is committed, and not before; only its owner may read it")
    func committed() async throws {
        try await withShelf { shelf, root, _ in
            let draft = try await shelf.begin(Self.key)
            try await draft.append([1, 2, 3])
            await #expect(throws: ShelfError.missing) { try await shelf.read(Self.key, atMost: 10) }
            try await draft.append([4])
            try await draft.commit()
            #expect(try await shelf.read(Self.key, atMost: 10) == [1, 2, 3, 4])
            await #expect(throws: ShelfError.tooLarge) { try await shelf.read(Self.key, atMost: 3) }
            let files = Self.files(root)
            #expect(files.count == 1 && files.allSatisfy { $0.hasSuffix(".sealed") })
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(files[0])")
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            try await shelf.remove(Self.key)
            try await shelf.remove(Self.key)
            #expect(Self.files(root).isEmpty)
        }
    }

    @Test("What is abandoned leaves nothing")
    func abandoned() async throws {
        try await withShelf { shelf, root, _ in
            let draft = try await shelf.begin(Self.key)
            try await draft.append([1])
            await draft.abandon()
            #expect(Self.files(root).isEmpty)
        }
    }

    @Test("Only old drafts are swept")
    func swept() async throws {
        try await withShelf { shelf, root, _ in
            let draft = try await shelf.begin(Self.key)
            await shelf.sweep()
            #expect(Self.files(root).count == 1)
            let path = "\(root)/\(try #require(Self.files(root).first))"
            let old = Date(timeIntervalSinceNow: -7_200)
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
            await shelf.sweep()
            #expect(Self.files(root).isEmpty)
            await draft.abandon()
        }
    }

    @Test(
        "A key that is none of the hub's leads nowhere",
        arguments: ["", "a/b", "../../etc/passwd", key + "/x", "\(key.prefix(36))/../\(key.suffix(33))"])
    func keys(_ key: String) async throws {
        try await withShelf { shelf, _, _ in
            await #expect(throws: ShelfError.malformedKey) { try await shelf.read(key, atMost: 10) }
        }
    }

    @Test("A directory that cannot be written says so")
    func failing() async throws {
        try await onLoop { _ in
            let workers = try Workers(name: "files", threads: 1)
            defer { workers.stop() }
            let shelf = DirectoryShelf(root: "/proc/no-such", workers: workers)
            do {
                _ = try await shelf.begin(Self.key)
                Issue.record("it began")
            } catch {
                guard case ShelfError.failed = error else { throw error }
            }
        }
    }

    @Test("A writer seals as it goes: what is on disk opens to what came, and its digest tells files apart")
    func writer() async throws {
        let vault = try #require(PHIVault(key: SecureRandom.bytes(PHIVault.keyLength)))
        try await withShelf { shelf, root, _ in
            let plain = Array(String(repeating: "patient Maria Lopez ", count: 20_000).utf8)
            var digests: Set<[UInt8]> = []
            for content in [plain, plain, Array(plain.dropLast())] {
                let writer = try await FormWriter(Self.key, on: shelf, vault: vault)
                for start in stride(from: 0, to: content.count, by: 70_000) {
                    try await writer.append(Array(content[start..<min(start + 70_000, content.count)]))
                }
                let written = try await writer.commit()
                #expect(written.sizeBytes == content.count)
                digests.insert(written.contentDigest)
                let file = try await shelf.read(Self.key, atMost: 1 << 20)
                #expect(try SealedFile.open(file, key: Self.key, vault: vault) == content)
                try await shelf.remove(Self.key)
            }
            #expect(digests.count == 2)
        }
    }
}
