import Clinic
import Cryptography

/// What a form says, where the columns are JSON: an object with the sealed text in it, beside what names nobody.
extension PHIVault {
    /// The columns of the forms' tables that hold patient data.
    package enum FormColumn: String, Sendable {
        case filename = "uploads/original_filename"
        case parsed = "intake_forms/parsed_json"
        case suggestions = "extraction_results/suggestions_json"
        case final = "review_sessions/final_payload_json"

        fileprivate func place(of form: IntakeFormID) -> String { "\(rawValue)/\(form)" }
    }

    /// Base64.
    func seal(_ text: [UInt8], _ column: FormColumn, of form: IntakeFormID) throws(StoreError) -> String {
        Base64.encode(try seal(text, place: column.place(of: form)))
    }

    func open(_ sealed: String, _ column: FormColumn, of form: IntakeFormID) throws(StoreError) -> [UInt8] {
        guard let bytes = Base64.decode(sealed) else { throw .unsealable }
        return try open(bytes, place: column.place(of: form))
    }

    // MARK: Files

    /// The keys that a file of this salt may be sealed with, each for AES-256: the first is to seal with.
    ///
    /// Each file has a key of its own, so the places of its pieces may be their nonces.
    package func fileKeys(salt: [UInt8]) -> [[UInt8]] { digests(Hex.encode(salt), purpose: "intake file") }

    /// Tell two files apart without telling what is in them, from the SHA-256 of a file: the first one to store, then those that
    /// older rows may have.
    package func contentDigests(sha256: [UInt8]) -> [[UInt8]] {
        digests(Hex.encode(sha256), purpose: "intake content")
    }
}
