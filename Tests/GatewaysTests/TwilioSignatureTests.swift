import Cryptography
import Gateways
import Testing
import Wire

@Suite("Twilio signature")
struct TwilioSignatureTests {
    private static let url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    private static let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    private static let form = URLEncodedForm([
        .init(name: "CallSid", value: "CA1234567890ABCDE"), .init(name: "Digits", value: "1234"),
        .init(name: "From", value: "+14158675309"), .init(name: "To", value: "+18005551212"),
        .init(name: "Caller", value: "+14158675309"),
    ])
    private static let tokens = ["12345"]

    @Test("The documented example")
    func example() {
        #expect(TwilioSignature.sign(url: Self.url, form: Self.form, token: "12345") == Self.signature)
        #expect(TwilioSignature.isValid(Self.signature, url: Self.url, form: Self.form, tokens: Self.tokens))
    }

    @Test("The documented example with another caller")
    func otherCaller() {
        let form = URLEncodedForm([
            .init(name: "To", value: "+18005551212"), .init(name: "From", value: "+12349013030"),
            .init(name: "Digits", value: "1234"), .init(name: "Caller", value: "+12349013030"),
            .init(name: "CallSid", value: "CA1234567890ABCDE"),
        ])
        #expect(TwilioSignature.sign(url: Self.url, form: form, token: "12345") == "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    }

    @Test("Repeated names: distinct values in order, each once, whatever the order sent")
    func repeatedNames() throws {
        let expected = "IK+Dwps556ElfBT0I3Rgjkr1wJU="
        for body in [
            "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234",
            "Digits=1234&SidAccount=AC123&Sid=CA123&Digits=5678&Digits=5678",
        ] {
            let form = try #require(URLEncodedForm(Array(body.utf8)))
            #expect(TwilioSignature.isValid(expected, url: Self.url, form: form, tokens: Self.tokens))
        }
    }

    @Test(
        "The port is tried both ways",
        arguments: [
            ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", signature),
            ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
            ("https://mycompany.com/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
            ("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ])
    func ports(url: String, signature: String) {
        #expect(TwilioSignature.isValid(signature, url: url, form: Self.form, tokens: Self.tokens))
        #expect(!TwilioSignature.isValid(signature, url: url, form: Self.form, tokens: ["12346"]))
    }

    @Test("A URL that ends with its host, and an IPv6 host, are spelt with and without the port")
    func otherAuthorities() {
        for (configured, signed) in [
            ("https://a.example", "https://a.example:443"), ("https://a.example?x=1", "https://a.example:443?x=1"),
            ("http://[::1]/x", "http://[::1]:80/x"), ("http://[::1]:80/x", "http://[::1]/x"),
        ] {
            let signature = TwilioSignature.sign(url: signed, form: Self.form, token: "12345")
            #expect(TwilioSignature.isValid(signature, url: configured, form: Self.form, tokens: Self.tokens))
        }
    }

    @Test("A fragment is not signed")
    func fragment() {
        #expect(
            TwilioSignature.isValid(
                Self.signature, url: Self.url + "#rc=3&rp=5xx", form: Self.form, tokens: Self.tokens))
    }

    @Test("While tokens are rotated either one is believed, and an empty one never")
    func tokens() {
        #expect(TwilioSignature.isValid(Self.signature, url: Self.url, form: Self.form, tokens: ["new", "12345"]))
        #expect(TwilioSignature.isValid(Self.signature, url: Self.url, form: Self.form, tokens: ["12345", "new"]))
        #expect(!TwilioSignature.isValid(Self.signature, url: Self.url, form: Self.form, tokens: ["new", "newer"]))
        #expect(!TwilioSignature.isValid(Self.signature, url: Self.url, form: Self.form, tokens: []))
        let empty = TwilioSignature.sign(url: Self.url, form: Self.form, token: "")
        #expect(!TwilioSignature.isValid(empty, url: Self.url, form: Self.form, tokens: [""]))
    }

    @Test("A changed digit anywhere in the signature, a shorter and a longer one are refused")
    func forgedSignature() {
        let digits = Array(Self.signature.utf8)
        for index in digits.indices {
            var forged = digits
            forged[index] = digits[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(!isValid(String(decoding: forged, as: UTF8.self)))
        }
        for text in ["", "=", String(Self.signature.dropLast()), Self.signature + "A", Self.signature + "====", " "] {
            #expect(!isValid(text))
        }
    }

    @Test("A changed, added, missing or renamed parameter, and any other URL, are refused")
    func forgedContent() {
        var changed = Self.form.pairs
        changed[1] = .init(name: "Digits", value: "1235")
        let forms = [
            changed, Self.form.pairs + [.init(name: "A", value: "")], Array(Self.form.pairs.dropLast()), [],
            Self.form.pairs.map { .init(name: $0.name.lowercased(), value: $0.value) },
        ]
        for pairs in forms {
            #expect(
                !TwilioSignature.isValid(
                    Self.signature, url: Self.url, form: URLEncodedForm(pairs), tokens: Self.tokens))
        }
        for url in [
            "https://mycompany.com/myapp.php?foo=1&bar=3", "https://mycompany.com/myapp.php", "",
            "http://mycompany.com/myapp.php?foo=1&bar=2", "https://mycompany.net/myapp.php?foo=1&bar=2",
            "https://mycompany.com/myapp.php?bar=2&foo=1",
        ] {
            #expect(!TwilioSignature.isValid(Self.signature, url: url, form: Self.form, tokens: Self.tokens))
        }
    }

    @Test("Names sort by their bytes, and two spellings of one letter are two values")
    func bytewise() throws {
        let form = URLEncodedForm([
            .init(name: "b", value: "1"), .init(name: "é", value: "2"), .init(name: "B", value: "3"),
            .init(name: "e\u{301}", value: "4"), .init(name: "B", value: "e\u{301}"), .init(name: "B", value: "é"),
        ])
        let signed = "https://a.example/" + "B3" + "Be\u{301}" + "Bé" + "b1" + "e\u{301}4" + "é2"
        let expected = Base64.encode(HMAC.sha1(key: Array("12345".utf8), message: Array(signed.utf8)))
        #expect(TwilioSignature.sign(url: "https://a.example/", form: form, token: "12345") == expected)
    }

    @Test("A body that is not a form is bound by its hash in the URL")
    func body() {
        let body = Array("{\"property\": \"value\", \"boolean\": true}".utf8)
        let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        let url = Self.url + "&bodySHA256=" + hash
        let signature = "a9nBmqA0ju/hNViExpshrM61xv4="
        #expect(TwilioSignature.isValid(signature, url: url, body: body, tokens: Self.tokens))
        #expect(!TwilioSignature.isValid(signature, url: url, body: body + [0x20], tokens: Self.tokens))
        #expect(!TwilioSignature.isValid(signature, url: Self.url, body: body, tokens: Self.tokens))
        #expect(!TwilioSignature.isValid(signature, url: url, body: body, tokens: ["12346"]))
    }

    private func isValid(_ signature: String) -> Bool {
        TwilioSignature.isValid(signature, url: Self.url, form: Self.form, tokens: Self.tokens)
    }
}
