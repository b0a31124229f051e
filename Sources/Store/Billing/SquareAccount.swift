package import Clinic
import Cryptography
import Database

/// How a clinic's orders are read at Square. It does not print: the token is in it.
package struct SquareAccount: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    package let token: String
    /// 1 to 10.
    package let locations: [String]
    /// Square's time of the last change that was read; nil before the first.
    package let readThrough: Timestamp?

    package init(token: String, locations: [String], readThrough: Timestamp? = nil) {
        self.token = token
        self.locations = locations
        self.readThrough = readThrough
    }

    package var description: String { "<Square account>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension PHIVault {
    /// Base64, since the column is text.
    func seal(squareToken token: String, of clinic: ClinicID) throws(StoreError) -> String {
        Base64.encode(try seal(Array(token.utf8), place: Self.place(ofTokenOf: clinic)))
    }

    func openSquareToken(_ sealed: String, of clinic: ClinicID) throws(StoreError) -> String {
        guard let bytes = Base64.decode(sealed) else { throw .unsealable }
        return String(decoding: try open(bytes, place: Self.place(ofTokenOf: clinic)), as: UTF8.self)
    }

    private static func place(ofTokenOf clinic: ClinicID) -> String { "square_accounts/access_token/\(clinic)" }
}
