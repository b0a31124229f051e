import Testing

@testable import Clinic

@Suite("Contacts' addresses")
struct ContactAddressTests {
    @Test(
        "an address is of its kind, and prints masked",
        arguments: [
            (ContactKind.sms, "+15005550101", "+…01"), (.voice, "+15005550102", "+…02"),
            (.push, "fcm-token-0123456789abcdef", "…cdef"),
            (.webhook, "https://pager.example.org:8443/hook?key=secret", "https://pager.example.org/…"),
        ])
    func reads(_ kind: ContactKind, _ text: String, _ masked: String) throws {
        let address = try #require(ContactAddress(text, kind: kind))
        #expect(address.text == text)
        #expect("\(address)" == masked)
        #expect("\(String(reflecting: address))" == masked || !String(reflecting: address).contains(text))
    }

    @Test(
        "what is no address of its kind is refused",
        arguments: [
            (ContactKind.sms, "5550101"), (.voice, "+1 500 555 0101"), (.push, "short"),
            (.push, "token with spaces in it"), (.webhook, "http://pager.example.org/"),
            (.webhook, "https://127.0.0.1/"),
            (.webhook, "https://[::1]/"), (.webhook, "https://localhost/"), (.webhook, "https://intranet/"),
            (.webhook, "https://user@pager.example.org/"), (.webhook, "https://pager.example.org:0/"),
            (.webhook, "https://pager.example.org:99999/"), (.webhook, "https://pager.example.org/#x"),
            (.webhook, "https://metadata.google.internal/"), (.webhook, "https://a..b/"),
            (.webhook, "https://pager.example.org\\@evil.example.net/"), (.webhook, "https://0x7f.1/"),
        ])
    func refused(_ kind: ContactKind, _ text: String) {
        #expect(ContactAddress(text, kind: kind) == nil)
    }
}

@Suite("Reaching a person")
struct ReachProfileTests {
    private static let phone = ContactID(high: 0, low: 1)
    private static let push = ContactID(high: 0, low: 2)
    private static let loud = Loudness(kinds: [.push, .sms])
    private static let zone: @Sendable (String) -> TimeZoneRules? = { $0 == "UTC" ? .utc : nil }

    private static func contact(
        _ id: ContactID, _ kind: ContactKind, verified: Bool = true, optedOut: Bool = false
    ) -> ReachContact {
        ReachContact(id: id, kind: kind, isVerified: verified, isOptedOut: optedOut)
    }

    private static let both = ReachProfile(contacts: [contact(phone, .sms), contact(push, .push)])

    private func plan(
        _ profile: ReachProfile, _ urgency: UrgencyLevel = .urgent, _ loudness: Loudness = loud,
        at now: StaticString = "2026-01-05T12:00:00Z"
    ) throws -> [String] {
        profile.plan(urgency, loudness, now: try Timestamp(now), zone: Self.zone).map {
            "\($0.kind.rawValue) \($0.after.components.seconds)"
        }
    }

    @Test("without rules the policy's kinds are used, in the person's order, the later ones later")
    func policy() throws {
        #expect(try plan(Self.both) == ["SMS 0", "PUSH 0"])
        let soft = Loudness(kinds: [.push], laterKinds: [.sms], laterAfter: .seconds(300))
        #expect(try plan(Self.both, .moderate, soft) == ["PUSH 0", "SMS 300"])
        // Who has no app does not wait for it.
        #expect(try plan(ReachProfile(contacts: [Self.contact(Self.phone, .sms)]), .moderate, soft) == ["SMS 0"])
        let hook = ReachProfile(contacts: [Self.contact(Self.phone, .webhook)])
        #expect(try plan(hook) == ["WEBHOOK 0"])
        #expect(try plan(Self.both, .low, Loudness(kinds: [])) == [])
    }

    @Test("own rules give order and delays; the first contact is used at once; CRITICAL may override them")
    func rules() throws {
        var profile = Self.both
        profile.rules[.urgent] = [
            NotificationRule(contact: Self.push, after: .seconds(60)),
            NotificationRule(contact: Self.phone, after: .seconds(90)),
        ]
        #expect(try plan(profile) == ["PUSH 0", "SMS 30"])
        #expect(try plan(profile, .moderate) == ["SMS 0", "PUSH 0"])
        var loud = Self.loud
        loud.overridesRules = true
        #expect(try plan(profile, .urgent, loud) == ["SMS 0", "PUSH 0"])
        // Rules that name nothing usable are as none.
        profile.rules[.urgent] = [NotificationRule(contact: ContactID(high: 7, low: 7), after: .zero)]
        #expect(try plan(profile) == ["SMS 0", "PUSH 0"])
    }

    @Test("quiet hours hold a page back as long as the policy lets them, and nothing that is loud")
    func quiet() throws {
        var profile = Self.both
        let night = WeeklyWindow(
            days: Set(Weekday.allCases), from: OnCallCalendarTests.time("22:00"), to: OnCallCalendarTests.time("06:00"))
        profile.quietHours = QuietHours(zone: "UTC", windows: [night])
        var soft = Self.loud
        soft.keepsQuiet = true
        #expect(try plan(profile, .moderate, soft, at: "2026-01-05T23:00:00Z") == ["SMS 25200", "PUSH 25200"])
        #expect(try plan(profile, .moderate, soft, at: "2026-01-06T05:59:59Z") == ["SMS 1", "PUSH 1"])
        #expect(try plan(profile, .moderate, soft, at: "2026-01-06T06:00:00Z") == ["SMS 0", "PUSH 0"])
        soft.longestQuiet = .seconds(600)
        #expect(try plan(profile, .moderate, soft, at: "2026-01-05T23:00:00Z") == ["SMS 600", "PUSH 600"])
        #expect(try plan(profile, .critical, Self.loud, at: "2026-01-05T23:00:00Z") == ["SMS 0", "PUSH 0"])
        profile.quietHours?.zone = "Nowhere/Land"
        #expect(try plan(profile, .moderate, soft, at: "2026-01-05T23:00:00Z") == ["SMS 0", "PUSH 0"])
    }

    @Test("quiet that never ends ends, and windows that meet are one")
    func quietWithoutEnd() throws {
        let always = WeeklyWindow(
            days: Set(Weekday.allCases), from: OnCallCalendarTests.time("08:00"), to: OnCallCalendarTests.time("08:00"))
        let now = try Timestamp("2026-01-05T12:00:00Z")
        let end = try #require(QuietHours(zone: "UTC", windows: [always]).end(at: now, rules: .utc))
        #expect(end > now.advanced(by: .seconds(86_400)))
        let evening = WeeklyWindow(
            days: [.monday], from: OnCallCalendarTests.time("11:00"), to: OnCallCalendarTests.time("20:00"))
        let night = WeeklyWindow(
            days: [.monday], from: OnCallCalendarTests.time("20:00"), to: OnCallCalendarTests.time("06:00"))
        let quiet = QuietHours(zone: "UTC", windows: [evening, night])
        #expect(quiet.end(at: now, rules: .utc) == (try Timestamp("2026-01-06T06:00:00Z")))
    }

    @Test("who cannot be reached is so for a reason")
    func obstacles() {
        func obstacle(_ contacts: ReachContact...) -> UnreachableReason? { ReachProfile(contacts: contacts).obstacle }
        #expect(obstacle() == .noContact)
        #expect(obstacle(Self.contact(Self.phone, .sms, verified: false)) == .unverified)
        #expect(obstacle(Self.contact(Self.phone, .voice)) == .voiceNotServed)
        #expect(
            obstacle(
                Self.contact(Self.phone, .sms, optedOut: true), Self.contact(Self.push, .push, verified: false))
                == .optedOut)
        #expect(obstacle(Self.contact(Self.phone, .voice), Self.contact(Self.push, .push)) == nil)
        #expect(
            ReachProfile(contacts: [Self.contact(Self.phone, .voice)]).plan(
                .critical, Self.loud, now: Timestamp(microseconds: 0), zone: Self.zone) == [])
    }
}
