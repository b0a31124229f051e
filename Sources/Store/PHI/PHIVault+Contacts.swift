package import Clinic
import Cryptography

/// Contacts' addresses and the codes that prove them. A digest finds a row by its address without opening any.
extension PHIVault {
    // MARK: contact_methods.address

    /// Base64, since the column is text.
    package func seal(address: ContactAddress, of contact: ContactID) throws(StoreError) -> String {
        Base64.encode(try seal(Array(address.text.utf8), place: Self.place(ofAddressOf: contact)))
    }

    /// Opens an address: one of the directory was sealed for its user's number, every other one for its own row.
    package func openAddress(
        _ sealed: String, kind: ContactKind, of contact: ContactID?, fromDirectory: Bool, user: UserID
    ) throws(StoreError) -> ContactAddress {
        guard !fromDirectory, let contact else { return .phone(try openPhone(sealed, of: user)) }
        guard let bytes = Base64.decode(sealed) else { throw .unsealable }
        let text = String(decoding: try open(bytes, place: Self.place(ofAddressOf: contact)), as: UTF8.self)
        guard let address = ContactAddress(text, kind: kind) else { throw .unsealable }
        return address
    }

    /// What a row's `address_digest` may be for this address, the one to store first.
    package func digests(of address: ContactAddress) -> [[UInt8]] {
        switch address {
        case .phone(let phone): digests("phone:\(phone.e164)", purpose: "address")
        case .pushToken(let token): digests("push:\(token)", purpose: "address")
        case .webhook(let url): digests("webhook:\(url)", purpose: "address")
        }
    }

    /// The digest to store for an address whose kind its text shows.
    func digest(ofAddressText text: String) -> [UInt8]? {
        let kind: ContactKind =
            PhoneNumber(text) != nil ? .sms : text.hasPrefix("https://") || text.hasPrefix("http://") ? .webhook : .push
        return ContactAddress(text, kind: kind).map { digests(of: $0)[0] }
    }

    private static func place(ofAddressOf contact: ContactID) -> String { "contact_methods/address/\(contact)" }

    // MARK: Codes

    func seal(code: VerificationCode, of message: MessageID) throws(StoreError) -> String {
        Base64.encode(try seal(Array(code.description.utf8), place: Self.place(ofCodeOf: message)))
    }

    func openCode(_ sealed: String, of message: MessageID) throws(StoreError) -> VerificationCode {
        guard let bytes = Base64.decode(sealed) else { throw .unsealable }
        let text = String(decoding: try open(bytes, place: Self.place(ofCodeOf: message)), as: UTF8.self)
        guard let code = VerificationCode(text) else { throw .unsealable }
        return code
    }

    /// Six digits are guessed from a plain digest in no time; not from one whose key is elsewhere.
    func digest(of code: VerificationCode, for contact: ContactID) -> [UInt8] {
        digests("\(contact):\(code)", purpose: "verification code")[0]
    }

    /// Whether this is the code of a stored digest, in a time that does not tell how nearly.
    func matches(_ code: VerificationCode, _ digest: [UInt8], of contact: ContactID) -> Bool {
        digests("\(contact):\(code)", purpose: "verification code").contains { constantTimeEquals($0, digest) }
    }

    private static func place(ofCodeOf message: MessageID) -> String { "messages/sealed_code/\(message)" }
}
