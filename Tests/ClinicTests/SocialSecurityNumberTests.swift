import Clinic
import Testing

@Suite("SocialSecurityNumber")
struct SocialSecurityNumberTests {
    @Test("with or without dashes it is the same", arguments: ["123-45-6789", "123456789"])
    func forms(_ text: String) { #expect(SocialSecurityNumber(text)?.digits == "123456789") }

    @Test(
        "what is never given out, or not written so, is refused",
        arguments: [
            "", "12345678", "1234567890", "123-456789", "12-345-6789", "000-45-6789", "666-45-6789", "900-45-6789",
            "123-00-6789", "123-45-0000", "12345678x", "\u{661}\u{662}\u{663}456789",
        ])
    func refused(_ text: String) { #expect(SocialSecurityNumber(text) == nil) }
}
