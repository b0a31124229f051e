import Testing

@testable import Clinic

@Suite("PhoneNumber")
struct PhoneNumberTests {
    @Test("takes E.164", arguments: ["+15005550101", "+1234567", "+123456789012345"])
    func taken(_ text: String) {
        #expect(PhoneNumber(text)?.e164 == text)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "+", "15005550101", "+05005550101", "+123456", "+1234567890123456", "+1 500 555 0101",
            "+1-500-555-0101", "+1500555010١", "+15005550101\n", "0015005550101",
        ])
    func refused(_ text: String) {
        #expect(PhoneNumber(text) == nil)
    }

    @Test("prints masked")
    func masked() throws {
        let number = try #require(PhoneNumber("+15005550101"))
        var dumped = ""
        dump(number, to: &dumped)
        #expect("\(number)" == "+…01")
        #expect(!dumped.contains("5005550"))
        #expect(!String(reflecting: number).contains("5005550"))
    }
}

@Suite("AlertCode")
struct AlertCodeTests {
    @Test("five characters of Crockford's alphabet from 25 bits")
    func digits() {
        #expect(AlertCode(randomBits: 0).description == "00000")
        #expect(AlertCode(randomBits: 31).description == "0000Z")
        #expect(AlertCode(randomBits: 0x1ff_ffff).description == "ZZZZZ")
        #expect(AlertCode(randomBits: .max).description == "ZZZZZ")
        #expect(AlertCode(randomBits: 0b01010_01011_10001_10010_11011).description == "ABHJV")
    }

    @Test("is read as people type it")
    func forgiving() {
        #expect(AlertCode("abhjv") == AlertCode("ABHJV"))
        #expect(AlertCode("oOiIl")?.description == "00111")
    }

    @Test(
        "refuses other characters and lengths", arguments: ["", "ABCD", "ABCDEF", "ABCDU", "AB CD", "ABCD!", "ABCDé"])
    func refused(_ text: String) {
        #expect(AlertCode(text) == nil)
    }

    @Test("every code is read back")
    func roundTrip() {
        for bits in stride(from: UInt32(0), to: 1 << 25, by: 9_973) {
            let code = AlertCode(randomBits: bits)
            #expect(AlertCode(code.description) == code)
        }
    }
}
