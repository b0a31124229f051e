import Cryptography
import Testing

@Suite("JSON Web Signature")
struct JWSTests {
    /// RFC 7515 appendix A.1.
    private static let token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let key =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"

    @Test("The example of RFC 7515 A.1 splits, verifies, and is signed alike")
    func example() throws {
        let key = try HS256Key(#require(Base64.decodeURL(Self.key)))
        let jws = try #require(JWS.split(Self.token))
        #expect(String(decoding: jws.header, as: UTF8.self) == "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}")
        #expect(jws.isSignedHS256(by: key))
        #expect(JWS.signHS256(header: jws.header, payload: jws.payload, key: key) == Self.token)
        #expect(try !jws.isSignedHS256(by: HS256Key([UInt8](repeating: 7, count: 32))))
    }

    @Test("A changed digit anywhere in the token never verifies")
    func forged() throws {
        let key = try HS256Key(#require(Base64.decodeURL(Self.key)))
        let digits = Array(Self.token.utf8)
        for index in digits.indices where digits[index] != UInt8(ascii: ".") {
            var forged = digits
            forged[index] = digits[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let jws = JWS.split(String(decoding: forged, as: UTF8.self))
            #expect(jws?.isSignedHS256(by: key) != true)
        }
    }

    @Test(
        "What is not three non-empty base64url parts does not split; an unsigned token among them",
        arguments: [
            "", ".", "..", "e30.e30", "e30.e30.", "e30..e30", ".e30.e30", "e30.e30.e30.e30", "e30.e30.e30=",
            "e30.e30.e3 0", "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiQURNSU4ifQ.", "e30.e30.e31",
        ])
    func malformed(text: String) { #expect(JWS.split(text) == nil) }

    @Test("A token over 8 KiB is not looked at")
    func tooLong() {
        let part = String(repeating: "AAAA", count: 682)
        let isRead = JWS.split("\(part).\(part).\(part)") != nil
        #expect(isRead)
        let isTooLong = JWS.split("\(part)AAAAAAAA.\(part).\(part)") == nil
        #expect(isTooLong)
    }

    @Test("A short signature, even an exact beginning of the right one, is refused")
    func shortSignature() throws {
        let key = try HS256Key(#require(Base64.decodeURL(Self.key)))
        let jws = try #require(JWS.split(Self.token))
        for length in 1..<jws.signature.count {
            let signature = Base64.encodeURL(Array(jws.signature.prefix(length)))
            let text = Self.token.prefix { $0 != "." } + "." + Base64.encodeURL(jws.payload) + "." + signature
            #expect(try !#require(JWS.split(text)).isSignedHS256(by: key))
        }
    }

    @Test("A secret under 32 bytes is refused, and a key does not print")
    func secrets() throws {
        #expect(throws: CryptographyError.keyLength) { try HS256Key([UInt8](repeating: 65, count: 31)) }
        let key = try HS256Key([UInt8](repeating: 65, count: 32))
        #expect(!"\(key)".contains("65"))
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("65"))
    }
}
