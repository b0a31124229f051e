import Cryptography
package import Clinic
package import Store

/// Seals the scans of forms anew under the vault's current key, beside hubs that work. Confined to its loop.
///
/// A file is replaced as a whole, so who reads it meanwhile has the old one or the new one, and every hub opens both. It is
/// announced before: where the form is to go meanwhile, and this dies before it looks, the hubs remove what it wrote.
package struct FileRotation {
    /// What became of the files.
    package struct Outcome: Equatable, Sendable {
        package var sealed = 0
        /// Not under the current key now: run it again.
        package var left = 0
        /// None of the keys opens them; they stay as they are.
        package var unopenable = 0
        /// A form names them, and they are not there.
        package var missing = 0

        package init() {}
    }

    private let shelf: any FileShelf
    private let vault: PHIVault
    private let store: Store
    private let maximumBytes: Int

    /// - Parameter maximumBytes: of one file before it is sealed.
    package init(shelf: any FileShelf, vault: PHIVault, store: Store, maximumBytes: Int) {
        self.shelf = shelf
        self.vault = vault
        self.store = store
        self.maximumBytes = maximumBytes
    }

    /// Goes through the files of a clinic, one at a time.
    package func run(_ clinic: ClinicID, _ outcome: inout Outcome) async throws(StoreError) {
        var last: IntakeFormID?
        while true {
            let files = try await store.intake.files(of: clinic, after: last)
            for file in files { try await reseal(file, of: clinic, &outcome) }
            guard let end = files.last else { return }
            last = end.form
        }
    }

    private func reseal(
        _ file: IntakeStore.StoredFile, of clinic: ClinicID, _ outcome: inout Outcome
    ) async throws(StoreError) {
        let key = file.storageKey
        let old: [UInt8]
        do throws(ShelfError) {
            old = try await shelf.read(key, atMost: SealedFile.length(ofPlain: maximumBytes))
        } catch {
            if error == .missing { outcome.missing += 1 } else { outcome.left += 1 }
            return
        }
        if SealedFile.isCurrent(old, key: key, vault: vault) { return }
        guard let plain = try? SealedFile.open(old, key: key, vault: vault) else {
            outcome.unopenable += 1
            return
        }
        try await store.intake.announce(key, in: clinic)
        let written: FormWriter.Written
        do throws(ShelfError) { written = try await write(plain, key) } catch {
            outcome.left += 1
            return
        }
        if try await store.intake.rewrote(file, contentDigest: written.contentDigest, in: clinic) {
            outcome.sealed += 1
        } else {
            // What cannot be removed was announced: the hubs do it.
            do throws(ShelfError) { try await shelf.remove(key) } catch { return }
        }
        try await store.retention.settle(key, of: clinic)
    }

    private func write(_ plain: [UInt8], _ key: String) async throws(ShelfError) -> FormWriter.Written {
        let writer = try await FormWriter(key, on: shelf, vault: vault)
        do throws(ShelfError) {
            try await writer.append(plain)
            return try await writer.commit()
        } catch {
            await writer.abandon()
            throw error
        }
    }
}
