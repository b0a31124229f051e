import Cryptography
import Testing

@Suite("AES-256-GCM")
struct AES256GCMTests {
    private static let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
    private static let nonce = bytes("cafebabefacedbaddecaf888")
    private static let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    private static let plaintext = bytes(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
    private static let sealed = bytes(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b")

    @Test("Test cases 13 and 14 of the GCM submission: empty plaintext, and one block of zeros")
    func zeroKey() throws {
        let key = [UInt8](repeating: 0, count: 32)
        let nonce = [UInt8](repeating: 0, count: 12)
        #expect(
            try AES256GCM.seal([], key: key, nonce: nonce, aad: []) == bytes("530f8afbc74536b9a963b4f1c4cb738b"))
        #expect(
            try AES256GCM.seal([UInt8](repeating: 0, count: 16), key: key, nonce: nonce, aad: [])
                == bytes("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"))
    }

    @Test("Test case 16 of the GCM submission: with authenticated data")
    func authenticatedData() throws {
        #expect(
            try AES256GCM.seal(Self.plaintext, key: Self.key, nonce: Self.nonce, aad: Self.aad) == Self.sealed)
        #expect(
            try AES256GCM.open(Self.sealed, key: Self.key, nonce: Self.nonce, aad: Self.aad) == Self.plaintext)
    }

    @Test("A flipped bit anywhere in ciphertext or tag does not open", arguments: sealed.indices)
    func flippedBit(index: Int) {
        for bit in 0..<8 {
            var forged = Self.sealed
            forged[index] ^= 1 << UInt8(bit)
            #expect(throws: CryptographyError.notAuthentic) {
                try AES256GCM.open(forged, key: Self.key, nonce: Self.nonce, aad: Self.aad)
            }
        }
    }

    @Test("A shorter text does not open, down to nothing", arguments: sealed.indices)
    func truncated(length: Int) {
        #expect(throws: CryptographyError.notAuthentic) {
            try AES256GCM.open(
                Array(Self.sealed.prefix(length)), key: Self.key, nonce: Self.nonce, aad: Self.aad)
        }
    }

    @Test("Another row's authenticated data, another nonce and another key do not open")
    func foreign() {
        var nonce = Self.nonce
        nonce[0] ^= 1
        var key = Self.key
        key[31] ^= 1
        for aad in [[], Self.aad + [0], Array(Self.aad.dropLast())] {
            #expect(throws: CryptographyError.notAuthentic) {
                try AES256GCM.open(Self.sealed, key: Self.key, nonce: Self.nonce, aad: aad)
            }
        }
        #expect(throws: CryptographyError.notAuthentic) {
            try AES256GCM.open(Self.sealed, key: Self.key, nonce: nonce, aad: Self.aad)
        }
        #expect(throws: CryptographyError.notAuthentic) {
            try AES256GCM.open(Self.sealed, key: key, nonce: Self.nonce, aad: Self.aad)
        }
    }

    @Test("A sealed value carries its nonce, opens, and is another one each time", arguments: [0, 1, 15, 16, 17, 1000])
    func randomNonce(length: Int) throws {
        let value = SecureRandom.bytes(length)
        let first = try AES256GCM.seal(value, key: Self.key, aad: Self.aad)
        let second = try AES256GCM.seal(value, key: Self.key, aad: Self.aad)
        #expect(first != second)
        #expect(first.count == length + 28)
        #expect(try AES256GCM.open(first, key: Self.key, aad: Self.aad) == value)
        #expect(throws: CryptographyError.notAuthentic) { try AES256GCM.open(first, key: Self.key, aad: []) }
        #expect(throws: CryptographyError.notAuthentic) {
            try AES256GCM.open(Array(first.prefix(27)), key: Self.key, aad: Self.aad)
        }
    }

    @Test("Keys and nonces of other lengths are refused", arguments: [0, 16, 24, 31, 33])
    func lengths(length: Int) {
        #expect(throws: CryptographyError.keyLength) {
            try AES256GCM.seal([1], key: [UInt8](repeating: 1, count: length), aad: [])
        }
        #expect(throws: CryptographyError.nonceLength) {
            try AES256GCM.seal([1], key: Self.key, nonce: [UInt8](repeating: 1, count: length), aad: [])
        }
    }
}

private func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex) ?? [] }
