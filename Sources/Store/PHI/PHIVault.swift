package import Clinic
import Cryptography

/// Seals and opens the columns that hold patient data and phone numbers. A value; any thread.
///
/// Sealed form: `format (1 byte, 0x01) ‖ key id (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM. The authenticated
/// data is `table/column/row id`, so a value that was copied to another row or column does not open. The key id is the
/// start of the key's own digest: a ring with an old key opens old values, and seals new ones with its current key.
package struct PHIVault: Sendable {
    package static let keyLength = AES256GCM.keyLength
    private static let format: UInt8 = 1
    private static let keyIDLength = 4

    private let current: [UInt8]
    private let keys: [[UInt8]: [UInt8]]

    /// Keys are 32 bytes each; nil for any other length. `retired` keys only open.
    package init?(key: [UInt8], retired: [[UInt8]] = []) {
        guard ([key] + retired).allSatisfy({ $0.count == Self.keyLength }) else { return nil }
        current = key
        keys = Dictionary(([key] + retired).map { (Self.keyID(of: $0), $0) }) { first, _ in first }
    }

    /// Keyed digests of a text for a purpose: the first under the current key, which is stored; then one for each retired
    /// key, which old rows may still have.
    func digests(_ text: String, purpose: String) -> [[UInt8]] {
        let retired = keys.filter { $0.value != current }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return ([current] + retired.map(\.value)).map { key in
            let purposeKey = HMAC.sha256(key: key, message: Array("alert-hub digest: \(purpose)".utf8))
            return HMAC.sha256(key: purposeKey, message: Array(text.utf8))
        }
    }

    private static func keyID(of key: [UInt8]) -> [UInt8] { Array(SHA256.hash(key).prefix(keyIDLength)) }

    // MARK: patients.full_name

    package func seal(name: PHI<String>, of patient: PatientID) throws(StoreError) -> [UInt8] {
        try seal(Array(name.disclosed(to: .sealing).utf8), place: Self.place(ofNameOf: patient))
    }

    /// Opens a name as it stands in `patients.full_name`, or its copy in `clinic_events.patient_name`.
    package func openName(_ sealed: [UInt8], of patient: PatientID) throws(StoreError) -> PHI<String> {
        PHI(String(decoding: try open(sealed, place: Self.place(ofNameOf: patient)), as: UTF8.self))
    }

    private static func place(ofNameOf patient: PatientID) -> String { "patients/full_name/\(patient)" }

    // MARK: users.phone_e164

    /// Base64, since the column is text.
    package func seal(phone: PhoneNumber, of user: UserID) throws(StoreError) -> String {
        Base64.encode(try seal(Array(phone.e164.utf8), place: Self.place(ofPhoneOf: user)))
    }

    package func openPhone(_ sealed: String, of user: UserID) throws(StoreError) -> PhoneNumber {
        guard let bytes = Base64.decode(sealed) else { throw .unsealable }
        let text = String(decoding: try open(bytes, place: Self.place(ofPhoneOf: user)), as: UTF8.self)
        guard let phone = PhoneNumber(text) else { throw .unsealable }
        return phone
    }

    private static func place(ofPhoneOf user: UserID) -> String { "users/phone_e164/\(user)" }

    // MARK: Another key

    /// The start of the current key's digest, as it stands in what it sealed.
    package var currentKeyID: [UInt8] { Self.keyID(of: current) }

    /// A value under the current key, and what a row may keep beside it.
    package struct Resealed: Sendable {
        package let bytes: [UInt8]
        /// Where the value is a contact's address.
        package let addressDigest: [UInt8]?
    }

    /// Opens a value with whichever key it has, and seals it with the current one.
    package func reseal(_ sealed: [UInt8], place: String) throws(StoreError) -> Resealed {
        let plain = try open(sealed, place: place)
        let address = place.hasPrefix("contact_methods/address/") ? String(decoding: plain, as: UTF8.self) : nil
        return Resealed(
            bytes: try seal(plain, place: place), addressDigest: address.flatMap { digest(ofAddressText: $0) })
    }

    // MARK: Steps

    func seal(_ plaintext: [UInt8], place: String) throws(StoreError) -> [UInt8] {
        do {
            let sealed = try AES256GCM.seal(plaintext, key: current, aad: Array(place.utf8))
            return [Self.format] + Self.keyID(of: current) + sealed
        } catch {
            throw .unsealable
        }
    }

    func open(_ sealed: [UInt8], place: String) throws(StoreError) -> [UInt8] {
        let header = 1 + Self.keyIDLength
        guard sealed.count > header, sealed[0] == Self.format, let key = keys[Array(sealed[1..<header])] else {
            throw .unsealable
        }
        do {
            return try AES256GCM.open(Array(sealed[header...]), key: key, aad: Array(place.utf8))
        } catch {
            throw .unsealable
        }
    }
}
