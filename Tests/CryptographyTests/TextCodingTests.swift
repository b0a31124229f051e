import Cryptography
import Testing

@Suite("Base64 and hexadecimal")
struct TextCodingTests {
    @Test(
        "The vectors of RFC 4648 section 10",
        arguments: [
            ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"),
            ("foob", "Zm9vYg==", "666f6f62"), ("fooba", "Zm9vYmE=", "666f6f6261"),
            ("foobar", "Zm9vYmFy", "666f6f626172"),
        ])
    func vectors(text: String, base64: String, hex: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.encode(bytes) == base64)
        #expect(Base64.decode(base64) == bytes)
        let unpadded = String(base64.prefix { $0 != "=" })
        #expect(Base64.encodeURL(bytes) == unpadded)
        #expect(Base64.decodeURL(unpadded) == bytes)
        #expect(Hex.encode(bytes) == hex)
        #expect(Hex.decode(hex) == bytes)
    }

    @Test("The alphabets differ in two digits and are not taken for each other")
    func alphabets() {
        #expect(Base64.encode([0xfb, 0xff]) == "+/8=")
        #expect(Base64.encodeURL([0xfb, 0xff]) == "-_8")
        #expect(Base64.decode("-_8=") == nil)
        #expect(Base64.decodeURL("+/8") == nil)
    }

    @Test("Every byte value survives at every length up to 64")
    func roundTrip() {
        for length in 0...64 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64.decodeURL(Base64.encodeURL(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }

    @Test(
        "A second spelling of a standard text is refused",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "====", "Z===", "Zm9v\n", " Zm9v", "Zm=v", "Zg==Zg==", "é",
        ])
    func strictStandard(text: String) { #expect(Base64.decode(text) == nil) }

    @Test("A second spelling of a URL text is refused", arguments: ["Zg==", "Zh", "Z", "Zm9w-", "Zm 9v", "Zm9v."])
    func strictURL(text: String) { #expect(Base64.decodeURL(text) == nil) }

    @Test(
        "Odd or foreign hexadecimal digits are refused; capitals are read", arguments: ["0", "0g", "0x00", "00 ", "é"])
    func strictHex(text: String) {
        #expect(Hex.decode(text) == nil)
        #expect(Hex.decode("DEADbeef") == [0xde, 0xad, 0xbe, 0xef])
    }

    @Test("Random bytes come in the number asked for, and differ")
    func random() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(33).count == 33)
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }
}
