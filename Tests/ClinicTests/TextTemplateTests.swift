import Testing

@testable import Clinic

@Suite("TextTemplate")
struct TextTemplateTests {
    /// GSM 03.38's basic table, as far as ASCII has it; the characters left out cost two septets or do not exist.
    private static let basicCharacters = Set(
        "@$_ !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\n\r")
    private static let waits: [Duration?] = [
        nil, .zero, .seconds(-5), .seconds(1), .seconds(15), .seconds(60), .seconds(61), .seconds(604_800),
        .seconds(Int64.max),
    ]
    private static let brands = ["A", "AlertHub", "St. Mary-Ann & Co. X"]

    /// How a phone can answer: not at all, by replies, by a link, by both. The link is the longest that there is.
    private func ways() throws -> [(takesReplies: Bool, link: AnswerLink?)] {
        let base = try #require(AnswerLinkBase(publicURL: "https://abcdefghij.klmnopqrst.uvwx"))
        let link = base.link(try #require(AnswerToken(String(repeating: "_", count: 22))))
        #expect(link.description.count == AnswerLinkBase.maximumLength + AnswerToken.length)
        return [(false, nil), (true, nil), (false, link), (true, link)]
    }

    private func everyText(
        of template: TextTemplate, _ way: (takesReplies: Bool, link: AnswerLink?)
    ) throws -> [(text: String, values: TextValues)] {
        var texts: [(String, TextValues)] = []
        for name in Self.brands {
            let brand = try #require(Brand(name))
            for urgency in UrgencyLevel.allCases {
                for wait in Self.waits {
                    for bits in [0, 0x155_5555, UInt32.max] {
                        var values = TextValues(
                            brand: brand, urgency: urgency, code: AlertCode(randomBits: bits), answerWithin: wait)
                        values.takesReplies = way.takesReplies
                        values.link = way.link
                        values.alertCount = bits == 0 ? 1 : .max
                        texts.append((template.text(values), values))
                    }
                }
            }
        }
        return texts
    }

    @Test("every text is one segment of GSM-7", arguments: TextTemplate.allCases)
    func oneSegment(_ template: TextTemplate) throws {
        for way in try ways() {
            for (text, _) in try everyText(of: template, way) {
                #expect(text.count <= 160, "\(text)")
                #expect(text.allSatisfy(Self.basicCharacters.contains))
            }
        }
    }

    @Test("without its four values every text of a template is the same", arguments: TextTemplate.allCases)
    func nothingElse(_ template: TextTemplate) throws {
        for way in try ways() { try nothingElse(template, way) }
    }

    private func nothingElse(_ template: TextTemplate, _ way: (takesReplies: Bool, link: AnswerLink?)) throws {
        var skeletons: Set<String> = []
        for (text, values) in try everyText(of: template, way) {
            var rest = text[...]
            #expect(rest.hasPrefix("\(values.brand): "))
            rest = rest.dropFirst(values.brand.description.count)
            var sentence = String(rest)
            if template == .bundle {
                let count = values.alertCount == 1 ? "1 alert waits" : "\(values.alertCount) alerts wait"
                sentence = sentence.replacing(count, with: "{alerts}")
                #expect(sentence.contains("{alerts}"))
            }
            var words = sentence.split(separator: " ").map(String.init)
            for index in words.indices {
                if [values.urgency.rawValue, "\(values.urgency.rawValue)."].contains(words[index]) {
                    words[index] = "{urgency}"
                }
                if words[index] == "\(values.code)." { words[index] = "{code}." }
                if words[index] == "\(values.code)" { words[index] = "{code}" }
                let isBeforeMinutes = index + 1 < words.count && words[index + 1].hasPrefix("min")
                if isBeforeMinutes, words[index] == "\(values.minutes)" { words[index] = "{minutes}" }
                if let link = values.link, words[index] == link.description { words[index] = "{link}" }
            }
            let answers: [TextTemplate] = [.accepted, .passedOn, .noted, .tooLate]
            let isOfAlert = ![.bundle, .verify, .test, .wrongCode].contains(template)
            let isUrgent = isOfAlert && !answers.contains(template) || template == .bundle
            #expect(words.contains("{urgency}") == isUrgent)
            #expect((words.contains("{code}.") || words.contains("{code}")) == isOfAlert)
            skeletons.insert(words.joined(separator: " "))
        }
        #expect(skeletons.count == 1)
    }

    @Test("a text can be made of a brand, an urgency, a code, minutes and a link, and of no other type")
    func valuesOnly() throws {
        let values = TextValues(
            brand: try #require(Brand("AlertHub")), urgency: .low, code: AlertCode(randomBits: 7), answerWithin: nil)
        let fields = Mirror(reflecting: values).children.map { "\($0.label ?? ""): \(type(of: $0.value))" }
        #expect(
            fields == [
                "brand: Brand", "urgency: UrgencyLevel", "code: AlertCode", "minutes: Int",
                "proof: Optional<VerificationCode>",
                "alertCount: Int", "link: Optional<AnswerLink>", "takesReplies: Bool",
            ])
    }

    @Test(
        "a name, a room or a reason cannot be smuggled in as the brand",
        arguments: [
            "", " ", "Müller", "O'Neill", "Ada Lovelace, ER-12", "Ada\nLovelace", "Ada\u{0}", "{patientName}",
            "\\(name)",
            "%s", "<b>x</b>", "https://x.example/a", "x@y.example", "李小龍", "a\u{301}da", "Ada: chest pain",
            "Ada Lovelace chest pain", "Clinic  two", "Clinic ", "-Clinic", "+15005550101", "1970/01/01", "🚑",
        ])
    func adversarial(_ text: String) {
        #expect(Brand(text) == nil)
    }

    @Test("a code cannot spell a name", arguments: ["Müller", "O'Nei", "Smith", "12:30", "Ada L"])
    func codes(_ text: String) {
        // "Smith" is five letters of the alphabet, and is read as digits; a code is made of random bits only.
        #expect(AlertCode(text)?.description != text)
    }

    @Test("minutes are rounded up and held within 1 to 999")
    func minutes() throws {
        let brand = try #require(Brand("AlertHub"))
        let minutes = Self.waits.map {
            TextValues(brand: brand, urgency: .low, code: AlertCode(randomBits: 0), answerWithin: $0).minutes
        }
        #expect(minutes == [1, 1, 1, 1, 1, 1, 2, 999, 999])
    }

    @Test("the words are these")
    func words() throws {
        let values = TextValues(
            brand: try #require(Brand("AlertHub")), urgency: .critical, code: AlertCode(randomBits: 31),
            answerWithin: .seconds(120), proof: VerificationCode(randomBits: 4_211))
        #expect(
            TextTemplate.allCases.map { $0.text(values) } == [
                "AlertHub: CRITICAL alert 0000Z. Open the app to accept it.",
                "AlertHub: CRITICAL alert 0000Z. Open the app to accept it. The next person is called within 2 min.",
                "AlertHub: BACKUP CRITICAL alert 0000Z. Nobody has accepted it yet. Open the app to accept it.",
                "AlertHub: UNANSWERED CRITICAL alert 0000Z. Everybody on the list was called. Open the app now.",
                "AlertHub: CRITICAL alert 0000Z was accepted by you and is still open. Open the app to finish it.",
                "AlertHub: 1 alert waits for you in AlertHub, the highest CRITICAL. Open the app to accept.",
                "AlertHub: code 004211 confirms this contact for duty alerts. Reply STOP to refuse.",
                "AlertHub: weekly test of this contact for duty alerts. No answer is needed.",
                "AlertHub: 0000Z accepted by you. Open the app to finish it.", "AlertHub: 0000Z passed on.",
                "AlertHub: 0000Z noted: you work on it.",
                "AlertHub: 0000Z cannot be answered any more. Open the app to see where it stands.",
                "AlertHub: no open alert of this code was sent to this phone. Open the app.",
            ])
    }

    @Test("a text says how its phone can answer")
    func answering() throws {
        var values = TextValues(
            brand: try #require(Brand("AlertHub")), urgency: .critical, code: AlertCode(randomBits: 31),
            answerWithin: .seconds(120))
        values.takesReplies = true
        #expect(
            TextTemplate.page.text(values)
                == "AlertHub: CRITICAL alert 0000Z. Reply 1 0000Z to accept, 2 0000Z to pass on.")
        let base = try #require(AnswerLinkBase(publicURL: "https://hub.example"))
        values.link = base.link(try #require(AnswerToken("abcdefghijklmnopqrstuv")))
        #expect(
            TextTemplate.critical.text(values)
                == "AlertHub: CRITICAL alert 0000Z. Next in 2 min. Reply 1 0000Z accept, 2 0000Z pass. "
                + "https://hub.example/a/abcdefghijklmnopqrstuv")
        values.takesReplies = false
        #expect(
            TextTemplate.page.text(values)
                == "AlertHub: CRITICAL alert 0000Z. To accept it open https://hub.example/a/abcdefghijklmnopqrstuv")
    }

    @Test("a link's secret does not print, and is 22 characters of base64url")
    func token() throws {
        let token = try #require(AnswerToken("abcdefghijklmnopqrstuv"))
        #expect(!"\(token)".contains("abc"))
        #expect(!String(reflecting: token).contains("abc"))
        for text in [
            "", "abcdefghijklmnopqrstu", "abcdefghijklmnopqrstuvw", "abcdefghijklmnopqrstu/", "abcdefghijklmnopqrstu ",
        ] {
            #expect(AnswerToken(text) == nil)
        }
        for url in [
            "https://a-host-that-is-much-too-long.example.org", "https://h.example/?q", "https://h\u{e4}.example",
        ] {
            #expect(AnswerLinkBase(publicURL: url) == nil)
        }
    }
}
