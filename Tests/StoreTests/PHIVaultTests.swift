import Clinic
import Cryptography
import Foundation
import Testing

@testable import Store

@Suite("PHI vault")
struct PHIVaultTests {
    private let key = [UInt8](repeating: 7, count: 32)
    private let patient = PatientID(demo: 0x201)

    @Test("A sealed name opens for its own row only")
    func rowBound() throws {
        let vault = try #require(PHIVault(key: key))
        let sealed = try vault.seal(name: PHI("Ana María Ñuñez"), of: patient)
        #expect(try vault.openName(sealed, of: patient) == PHI("Ana María Ñuñez"))
        #expect(throws: StoreError.unsealable) { try vault.openName(sealed, of: PatientID(demo: 0x202)) }
    }

    @Test("A sealed value has no trace of its plaintext and differs each time")
    func opaque() throws {
        let vault = try #require(PHIVault(key: key))
        let first = try vault.seal(name: PHI("Doe"), of: patient)
        #expect(first != (try vault.seal(name: PHI("Doe"), of: patient)))
        #expect(!first.indices.dropLast(2).contains { Array(first[$0..<$0 + 3]) == Array("Doe".utf8) })
    }

    @Test("Every flipped byte and every truncation is refused", arguments: 0..<36)
    func tampered(position: Int) throws {
        let vault = try #require(PHIVault(key: key))
        var sealed = try vault.seal(name: PHI("Doe"), of: patient)
        try #require(sealed.count == 36)
        #expect(throws: StoreError.unsealable) { try vault.openName(Array(sealed[..<position]), of: patient) }
        sealed[position] ^= 1
        #expect(throws: StoreError.unsealable) { try vault.openName(sealed, of: patient) }
    }

    @Test("A phone is sealed as text and bound to its user")
    func phone() throws {
        let vault = try #require(PHIVault(key: key))
        let phone = try #require(PhoneNumber("+15005550101"))
        let sealed = try vault.seal(phone: phone, of: DemoData.doctor)
        #expect(Base64.decode(sealed) != nil)
        #expect(try vault.openPhone(sealed, of: DemoData.doctor) == phone)
        #expect(throws: StoreError.unsealable) { try vault.openPhone(sealed, of: DemoData.backupDoctor) }
    }

    @Test("A retired key opens what it sealed; an unknown key opens nothing")
    func rotation() throws {
        let sealed = try #require(PHIVault(key: key)).seal(name: PHI("Doe"), of: patient)
        let newKey = [UInt8](repeating: 9, count: 32)
        let rotated = try #require(PHIVault(key: newKey, retired: [key]))
        #expect(try rotated.openName(sealed, of: patient) == PHI("Doe"))
        let other = try #require(PHIVault(key: newKey))
        #expect(throws: StoreError.unsealable) { try other.openName(sealed, of: patient) }
    }

    @Test("Only keys of 32 bytes are taken")
    func keyLength() {
        #expect(PHIVault(key: [1]) == nil)
        #expect(PHIVault(key: key, retired: [[1]]) == nil)
    }

    @Test("A key file is made once, private, and refused when others may read it")
    func keyFile() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("phi-\(UUID()).key").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: PHIKeyFile.Problem.system(ENOENT)) { try PHIKeyFile.load(path) }
        let made = try PHIKeyFile.loadOrCreate(path)
        #expect(made.count == 32)
        #expect(try PHIKeyFile.loadOrCreate(path) == made)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: PHIKeyFile.Problem.permissions) { try PHIKeyFile.loadOrCreate(path) }
        try Data([1]).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: PHIKeyFile.Problem.length) { try PHIKeyFile.loadOrCreate(path) }
    }
}
