import Cryptography
import Intake
import Store
import Testing

@Suite("Sealed files")
struct SealedFileTests {
    private let vault: PHIVault
    private static let name = "a/b"

    init() throws { vault = try #require(PHIVault(key: SecureRandom.bytes(PHIVault.keyLength))) }

    private func sealed(_ plain: [UInt8], parts: Int = 1) throws -> [UInt8] {
        var sealer = try FileSealer(name: Self.name, vault: vault)
        var file = sealer.start
        let size = max(1, plain.count / parts)
        var place = 0
        while place < plain.count {
            file += try sealer.seal(Array(plain[place..<min(place + size, plain.count)]))
            place += size
        }
        return try file + sealer.finish()
    }

    @Test(
        "A file of every size opens as it was, however it came, and has the length that is foretold",
        arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
    func opens(_ count: Int) throws {
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for parts in [1, 3, 17] {
            let file = try sealed(plain, parts: parts)
            #expect(file.count == SealedFile.length(ofPlain: count))
            #expect(try SealedFile.open(file, key: Self.name, vault: vault) == plain)
        }
    }

    @Test("Nothing of it stands in the file in clear, and no two files are alike")
    func hidden() throws {
        let plain = Array(String(repeating: "4111 1111 1111 1111 ", count: 5_000).utf8)
        let (one, two) = (try sealed(plain), try sealed(plain))
        #expect(one != two)
        #expect(!String(decoding: one, as: UTF8.self).contains("1111"))
    }

    @Test("A changed, shortened, lengthened, re-ordered or moved file does not open, nor under another key")
    func refused() throws {
        let plain = [UInt8](repeating: 5, count: 150_000)
        let file = try sealed(plain)
        var attempts: [[UInt8]] = []
        for place in [0, 4, 20, 36, 40_000, 65_600, file.count - 1] {
            var changed = file
            changed[place] ^= 1
            attempts.append(changed)
        }
        let piece = 65_536 + 16
        attempts += [
            Array(file.dropLast()), file + [0], Array(file.prefix(36 + piece)), Array(file.prefix(36)), [],
            Array(file.prefix(36)) + file[36 + piece..<36 + 2 * piece] + file[36..<36 + piece]
                + file[(36 + 2 * piece)...],
        ]
        for attempt in attempts {
            #expect(throws: CryptographyError.notAuthentic) {
                try SealedFile.open(attempt, key: Self.name, vault: vault)
            }
        }
        #expect(throws: CryptographyError.notAuthentic) { try SealedFile.open(file, key: "a/c", vault: vault) }
        let other = try #require(PHIVault(key: SecureRandom.bytes(PHIVault.keyLength)))
        #expect(throws: CryptographyError.notAuthentic) { try SealedFile.open(file, key: Self.name, vault: other) }
    }

    @Test("A key that was retired still opens what it sealed")
    func retired() throws {
        let old = SecureRandom.bytes(PHIVault.keyLength)
        let before = try #require(PHIVault(key: old))
        let after = try #require(PHIVault(key: SecureRandom.bytes(PHIVault.keyLength), retired: [old]))
        var sealer = try FileSealer(name: Self.name, vault: before)
        let file = try sealer.start + sealer.seal([1, 2, 3]) + sealer.finish()
        #expect(try SealedFile.open(file, key: Self.name, vault: after) == [1, 2, 3])
    }
}
