package import Cryptography
package import Store

/// How a form's file is kept: AES-256-GCM in pieces, so that it can be written as it comes.
///
///     magic "AHF1" (4) ‖ salt (32) ‖ piece…       piece = ciphertext (≤ 64 KiB) ‖ tag (16)
///
/// Each file has a key of its own, made of the vault's key and the salt; a piece's nonce is its number and whether it is the
/// last, so pieces cannot be left out, exchanged or cut off. The name of the file is authenticated with every piece: a file
/// that was moved to another form's place does not open.
package enum SealedFile {
    static let magic = Array("AHF1".utf8)
    static let saltLength = 32
    static let headerLength = 4 + saltLength
    static let pieceLength = 64 << 10

    /// How long the file of so many bytes is.
    package static func length(ofPlain bytes: Int) -> Int {
        let pieces = max(1, (bytes + pieceLength - 1) / pieceLength)
        return headerLength + bytes + pieces * AES256GCM.tagLength
    }

    static func nonce(_ number: UInt32, isLast: Bool) -> [UInt8] {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        return [UInt8](repeating: 0, count: 7) + bytes + [isLast ? 1 : 0]
    }

    /// Opens a whole file.
    ///
    /// - Throws: `notAuthentic` for one that was changed, cut off or moved, or whose key is gone.
    package static func open(_ file: [UInt8], key name: String, vault: PHIVault) throws(CryptographyError) -> [UInt8] {
        guard file.count >= headerLength + AES256GCM.tagLength, file.starts(with: magic) else { throw .notAuthentic }
        let aad = Array(file.prefix(headerLength)) + Array(name.utf8)
        let keys = vault.fileKeys(salt: Array(file[magic.count..<headerLength]))
        for key in keys {
            if let plain = try? open(file, key: key, aad: aad) { return plain }
        }
        throw .notAuthentic
    }

    /// Whether the file is sealed under the vault's current key, by its first piece.
    static func isCurrent(_ file: [UInt8], key name: String, vault: PHIVault) -> Bool {
        guard file.count >= headerLength + AES256GCM.tagLength, file.starts(with: magic),
            let key = vault.fileKeys(salt: Array(file[magic.count..<headerLength])).first
        else { return false }
        let aad = Array(file.prefix(headerLength)) + Array(name.utf8)
        let end = min(headerLength + pieceLength + AES256GCM.tagLength, file.count)
        let first = nonce(0, isLast: end == file.count)
        return (try? AES256GCM.open(Array(file[headerLength..<end]), key: key, nonce: first, aad: aad)) != nil
    }

    private static func open(_ file: [UInt8], key: [UInt8], aad: [UInt8]) throws(CryptographyError) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(file.count)
        var place = headerLength
        var number: UInt32 = 0
        while true {
            let end = min(place + pieceLength + AES256GCM.tagLength, file.count)
            let isLast = end == file.count
            plain += try AES256GCM.open(
                Array(file[place..<end]), key: key, nonce: nonce(number, isLast: isLast), aad: aad)
            if isLast { return plain }
            place = end
            number += 1
        }
    }
}

/// Seals a file as its bytes come. Bounded: it keeps less than one piece.
package struct FileSealer {
    private let key: [UInt8]
    private let aad: [UInt8]
    private let header: [UInt8]
    private var number: UInt32 = 0
    private var rest: [UInt8] = []

    /// - Parameter name: the file's storage key.
    package init(name: String, vault: PHIVault) throws(CryptographyError) {
        let salt = SecureRandom.bytes(SealedFile.saltLength)
        guard let key = vault.fileKeys(salt: salt).first else { throw .keyLength }
        self.key = key
        header = SealedFile.magic + salt
        aad = header + Array(name.utf8)
    }

    /// What stands at the file's beginning.
    package var start: [UInt8] { header }

    /// The pieces that are complete with these bytes; perhaps none.
    package mutating func seal(_ bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        rest += bytes
        var sealed: [UInt8] = []
        var place = 0
        // The last piece is never empty but in an empty file: a full one is kept until more comes.
        while rest.count - place > SealedFile.pieceLength {
            sealed += try seal(piece: Array(rest[place..<place + SealedFile.pieceLength]), isLast: false)
            place += SealedFile.pieceLength
        }
        rest.removeFirst(place)
        return sealed
    }

    /// The file's end.
    package mutating func finish() throws(CryptographyError) -> [UInt8] {
        defer { rest = [] }
        return try seal(piece: rest, isLast: true)
    }

    private mutating func seal(piece: [UInt8], isLast: Bool) throws(CryptographyError) -> [UInt8] {
        let (next, overflow) = number.addingReportingOverflow(1)
        guard !overflow else { throw .nonceLength }
        defer { number = next }
        return try AES256GCM.seal(piece, key: key, nonce: SealedFile.nonce(number, isLast: isLast), aad: aad)
    }
}
