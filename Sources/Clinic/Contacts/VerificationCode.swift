/// Six digits that prove that a contact is its owner's.
package struct VerificationCode: Hashable, Sendable, CustomStringConvertible {
    /// How long a code is taken.
    package static let validity = Duration.seconds(600)
    /// Wrong codes before the contact is locked.
    package static let maximumFailures = 5
    /// How long a locked contact takes no code and gets no new one.
    package static let lock = Duration.seconds(900)
    /// The shortest time between two codes to one contact.
    package static let resendAfter = Duration.seconds(60)
    /// The most codes to one contact within an hour.
    package static let maximumPerHour = 5
    /// The most codes to all contacts of one person within an hour.
    package static let maximumPerHourAndPerson = 10

    /// The digits, `004211`.
    package let description: String

    /// Takes the number modulo a million; give it random bits.
    package init(randomBits: UInt64) {
        let digits = String(randomBits % 1_000_000)
        description = String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// Reads exactly six ASCII digits.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 6,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        description = String(text)
    }
}
