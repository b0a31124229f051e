/// A telephone number in E.164 form: a plus sign and 7 to 15 digits, the first not zero.
///
/// It prints masked, since a number names a person; `e164` is the text to dial.
package struct PhoneNumber: Hashable, Sendable {
    /// The number as a gateway takes it, `+15005550101`.
    package let e164: String

    /// Reads exactly the E.164 form; `nil` for spaces, dashes, national forms and anything else.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8.dropFirst()
        guard text.utf8.first == UInt8(ascii: "+"), (7...15).contains(digits.count),
            digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        e164 = String(text)
    }
}

extension PhoneNumber: CustomStringConvertible, CustomReflectable {
    /// The last two digits only, `+…01`: enough for an operator to tell two numbers apart.
    package var description: String { "+…" + e164.suffix(2) }
    /// A mirror that shows the masked text only.
    package var customMirror: Mirror { Mirror(self, children: ["masked": description]) }
}
