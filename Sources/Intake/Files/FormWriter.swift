import Cryptography
package import Store

/// One form on its way to the shelf: sealed and digested as it comes. Confined to its loop; one call at a time.
package final class FormWriter {
    /// What a whole form came to.
    package struct Written: Sendable, Equatable {
        /// Before it was sealed.
        package let sizeBytes: Int
        /// Keyed: tells whether two forms are the same, to nobody but the hub.
        package let contentDigest: [UInt8]
        /// The same under keys that are retired.
        package let formerDigests: [[UInt8]]
    }

    private let draft: any FileDraft
    private let vault: PHIVault
    private var sealer: FileSealer
    private var digest: SHA256Stream?
    private var size = 0

    /// Begins a file under a key of the shelf.
    package init(_ key: String, on shelf: any FileShelf, vault: PHIVault) async throws(ShelfError) {
        do throws(CryptographyError) {
            sealer = try FileSealer(name: key, vault: vault)
            digest = try SHA256Stream()
        } catch {
            throw .failed("the file cannot be sealed")
        }
        self.vault = vault
        draft = try await shelf.begin(key)
        try await draft.append(sealer.start)
    }

    package func append(_ bytes: [UInt8]) async throws(ShelfError) {
        let sealed: [UInt8]
        do throws(CryptographyError) {
            try digest?.update(bytes)
            sealed = try sealer.seal(bytes)
        } catch {
            throw .failed("the file cannot be sealed")
        }
        size += bytes.count
        try await draft.append(sealed)
    }

    /// Returns once the file is safe.
    package func commit() async throws(ShelfError) -> Written {
        let rest: [UInt8]
        var sum: [UInt8] = []
        do throws(CryptographyError) {
            rest = try sealer.finish()
            if let digest = digest.take() { sum = try digest.finish() }
        } catch {
            throw .failed("the file cannot be sealed")
        }
        try await draft.append(rest)
        try await draft.commit()
        let digests = vault.contentDigests(sha256: sum)
        return Written(
            sizeBytes: size, contentDigest: digests.first ?? [], formerDigests: Array(digests.dropFirst()))
    }

    /// Forgets what was written.
    package func abandon() async { await draft.abandon() }
}
