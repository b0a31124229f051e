/// Where sealed files are kept. Confined to its loop.
///
/// A storage key is `clinic/form`, both of them ids: it is made by the hub, never by a peer.
package protocol FileShelf: AnyObject {
    /// Begins a file; nothing stands under the key before `commit`.
    func begin(_ key: String) async throws(ShelfError) -> any FileDraft
    /// The whole file.
    func read(_ key: String, atMost limit: Int) async throws(ShelfError) -> [UInt8]
    /// Removes a file; nothing happens where there is none.
    func remove(_ key: String) async throws(ShelfError)
}

/// A file that is being written.
package protocol FileDraft: AnyObject {
    func append(_ bytes: [UInt8]) async throws(ShelfError)
    /// Returns once the file is safe: whatever dies now, it can be read under its key.
    func commit() async throws(ShelfError)
    /// Forgets what was written; nothing happens after `commit`.
    func abandon() async
}

/// Why a file was not kept or found.
package enum ShelfError: Error, Equatable, Sendable {
    /// There is no file of this key.
    case missing
    /// It has more bytes than it may have.
    case tooLarge
    /// The key is none of the hub's.
    case malformedKey
    /// The disk or the store refused: full, away, not permitted. Trying again may help; the log has the reason.
    case failed(String)
}
