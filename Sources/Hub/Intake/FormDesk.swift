package import Intake
package import Platform
package import Store

/// What one loop needs to take forms in and to hand them out: where their files are, and how large they may be.
package final class FormDesk {
    package let shelf: any FileShelf
    package let vault: PHIVault
    /// Of one file.
    package let maximumBytes: Int
    /// Shared by the loops of this process.
    package let status: IntakeStatus
    private let workers: Workers

    /// - Parameter workers: open files.
    package init(
        shelf: any FileShelf, vault: PHIVault, maximumBytes: Int, status: IntakeStatus, workers: Workers
    ) {
        self.shelf = shelf
        self.vault = vault
        self.workers = workers
        self.maximumBytes = maximumBytes
        self.status = status
    }

    /// The whole file of a form, opened; nil where it is not what was sealed.
    package func file(_ key: String) async throws(ShelfError) -> [UInt8]? {
        let sealed = try await shelf.read(key, atMost: SealedFile.length(ofPlain: maximumBytes))
        let vault = vault
        return await workers.run { try? SealedFile.open(sealed, key: key, vault: vault) }
    }
}

/// Whether forms are read, as all loops of the process see it.
package final class IntakeStatus: Sendable {
    private let current = Locked<String?>(nil)

    package init() {}

    /// Why no form is read at the moment; nil where they are.
    package var obstacle: String? { current.withLock { $0 } }

    /// True where that is news.
    func set(_ obstacle: String?) -> Bool {
        current.withLock { current in
            defer { current = obstacle }
            return current != obstacle
        }
    }
}
