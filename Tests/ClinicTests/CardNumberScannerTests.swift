import Clinic
import Testing

@Suite("Card numbers in text")
struct CardNumberScannerTests {
    let scanner = CardNumberScanner()

    /// Numbers that the networks publish for tests.
    static let numbers: [(String, CardNetwork)] = [
        ("4111111111111111", .visa), ("4222222222222", .visa), ("4000000000000000006", .visa),
        ("5555555555554444", .mastercard), ("2223003122003222", .mastercard), ("378282246310005", .americanExpress),
        ("6011111111111117", .discover), ("30569309025904", .dinersClub), ("3530111333300000", .jcb),
        ("6200000000000005", .unionPay), ("6759649826438453", .maestro), ("2200000000000004", .mir),
    ]

    @Test("of every network are found, solid and in groups", arguments: numbers)
    func networks(_ number: String, _ network: CardNetwork) {
        for separator in ["", " ", "-", " - ", ".", "\n", "\u{a0}", "\u{2013}"] {
            var grouped = ""
            for (index, digit) in number.enumerated() {
                if index > 0, index % 4 == 0 { grouped += separator }
                grouped.append(digit)
            }
            let redaction = scanner.redact("pay \(grouped), thanks")
            #expect(
                redaction.text == "pay [card ending \(number.suffix(4))], thanks", "by \(separator.debugDescription)")
            #expect(redaction.findings.map(\.network) == [network])
        }
    }

    @Test(
        "are found as OCR spells them",
        arguments: [
            "41l1 1111 1111 1111", "4I11 1111 1|11 1111", "4OOO OOOO OOOO 0006 0", "S555 5555 5555 4444",
            "5555 S555 S555 4444", "37B2B2246310005", "4\u{FF11}11111111111111", "\u{664}111111111111111",
            "41 11 11 11 11 11 11 11", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        ])
    func lookalikes(_ text: String) {
        let isMostlyLetters = text.hasPrefix("4OOO")
        #expect(scanner.findings(in: "no. \(text) ok").isEmpty == isMostlyLetters)
    }

    @Test(
        "are found beside other digits",
        arguments: [
            "4111 1111 1111 1111 12/27", "12/27 4111 1111 1111 1111", "4111 1111 1111 1111 123",
            ";4111111111111111=27121010000000000?", "%B4111111111111111^DOE/J^2712", "000004111111111111111000",
            "4111111111111111123",
            "room 12 4111-1111-1111-1111 bed 3", "4111111111111111 5555555555554444",
        ])
    func neighbours(_ text: String) {
        let redacted = scanner.redact(text).text
        #expect(redacted.contains("[card ending 1111]"))
        #expect(!redacted.filter(\.isNumber).contains("411111111111"))
        #expect(!redacted.contains("555555555555"))
    }

    @Test(
        "are not seen in what is none",
        arguments: [
            "", "4111 1111 1111 1112", "born 1970-01-01, phone +57 300 123 4567", "1234567890123456",
            "0000000000000000",
            "insurance 9876-5432-1098-7654", "SOLO DIOS BASTA, OLGA SOTO", "2026-11-21 10:15 BP 120/80 HR 72",
            "4111 1111 and later, in another line,\n\n\n\n 1111 1111",
        ])
    func innocent(_ text: String) {
        let redaction = scanner.redact(text)
        #expect(redaction.text == text)
        #expect(redaction.findings.isEmpty)
    }

    @Test("every check digit but the right one is no card number")
    func checkDigits() {
        for digit in 0...9 {
            let isFound = !scanner.findings(in: "411111111111111\(digit)").isEmpty
            #expect(isFound == (digit == 1))
        }
    }

    @Test("what was redacted is not redacted again")
    func stable() {
        let once = scanner.redact("a 4111111111111111 b 378282246310005 c").text
        #expect(scanner.redact(once).text == once)
        #expect(once == "a [card ending 1111] b [card ending 0005] c")
    }
}
