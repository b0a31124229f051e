import Testing

@testable import Settings

@Suite("TextForm")
struct TextFormTests {
    @Test("web addresses have a scheme, a host and no user, query, fragment or trailing slash")
    func webURL() {
        for text in ["http://127.0.0.1:8080", "https://hub.example", "https://hub.example/a/b", "http://[::1]:80"] {
            #expect(TextForm.webURL.admits(text), "\(text)")
        }
        for text in [
            "", "hub.example", "ftp://hub.example", "https://", "https:///x", "https://hub.example/", "https://u@h",
            "https://u:p@h", "https://h?x", "https://h/x?y", "https://h/#", "https://h/a b", "https://h:99999",
            "https://h\n",
        ] {
            #expect(!TextForm.webURL.admits(text), "\(text)")
        }
        #expect(TextForm.origin.admits("https://board.example:8443"))
        #expect(!TextForm.origin.admits("https://board.example/x"))
    }

    @Test("phone numbers are E.164")
    func phone() {
        #expect(TextForm.optionalPhone.admits("+15005550006"))
        for text in ["15005550006", "+05005550006", "+1500555", "+1 500 555 0006", "+1500555000612345"] {
            #expect(TextForm.optionalPhone.admits(text) == (text == "+1500555"), "\(text)")
        }
    }

    @Test("control characters are admitted nowhere")
    func control() {
        for form in [TextForm.words(1...30), .token(1...30), .path, .optionalPath, .optionalWebURL] {
            #expect(!form.admits("a\u{0}b") && !form.admits("a\nb") && !form.admits("a\u{1B}b"), "\(form)")
        }
    }
}
