import Clinic
import Database
import Testing

@testable import Store

@Suite("Contacts")
struct ContactStoreTests {
    private static let doctor = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.doctor, .doctor))
    private static let phone = ContactAddress("+15005550777", kind: .sms) ?? .pushToken("")

    private func add(_ fixture: StoreFixture, _ address: ContactAddress = phone) async throws -> ContactRecord {
        try await fixture.store {
            try await $0.contacts.add(address, kind: .sms, label: "mobile", to: DemoData.doctor, Self.doctor)
        }
    }

    /// The code in the newest message to a contact.
    private func code(_ fixture: StoreFixture, _ contact: ContactID) throws -> VerificationCode {
        let row = try fixture.superuser(
            "SELECT id, sealed_code FROM messages WHERE contact_id = '\(contact)' ORDER BY created_at DESC LIMIT 1")[0]
        return try fixture.vault.openCode(try row.string("sealed_code"), of: try row.id("id"))
    }

    private func verify(
        _ fixture: StoreFixture, _ contact: ContactID, _ code: VerificationCode
    ) async throws -> ContactRecord {
        try await fixture.store {
            try await $0.contacts.verify(contact, of: DemoData.doctor, code: code, Self.doctor)
        }
    }

    /// What a call is refused by.
    private func refusal(_ body: () async throws -> Void) async throws -> ContactRefusal? {
        do {
            try await body()
            return nil
        } catch StoreError.contact(let refusal) {
            return refusal
        }
    }

    private func another(than code: VerificationCode) -> VerificationCode {
        VerificationCode(randomBits: (UInt64(code.description) ?? 0) + 1)
    }

    @Test("The number of the directory is a contact, verified, and follows the directory")
    func directory() async throws {
        try await StoreFixture.withStore { fixture in
            let contacts = try await fixture.store { try await $0.contacts.contacts(of: DemoData.doctor, Self.doctor) }
            #expect(contacts.map(\.maskedAddress) == ["+…01"])
            #expect(contacts[0].isFromDirectory && contacts[0].verifiedAt != nil && contacts[0].reach.obstacle == nil)
            _ = try fixture.superuser("UPDATE users SET phone_e164 = NULL WHERE id = '\(DemoData.doctor)'")
            let none = try await fixture.store { try await $0.contacts.contacts(of: DemoData.doctor, Self.doctor) }
            #expect(none == [])
        }
    }

    @Test("A new contact is sealed, masked, not verified, and its code proves it; a repetition changes nothing")
    func verifies() async throws {
        try await StoreFixture.withStore { fixture in
            let contact = try await add(fixture)
            #expect(contact.maskedAddress == "+…77" && contact.verifiedAt == nil && contact.codeExpiresAt != nil)
            #expect(contact.reach.obstacle == .unverified)
            let row = try fixture.superuser("SELECT * FROM contact_methods WHERE id = '\(contact.id)'")[0]
            #expect(!(try row.string("address")).contains("5550777"))
            let code = try code(fixture, contact.id)
            let digest = try #require(try row.optionalBytes("code_digest"))
            #expect(digest.count == 32 && !String(decoding: digest, as: UTF8.self).contains(code.description))
            #expect(
                try await refusal { _ = try await verify(fixture, contact.id, another(than: code)) }
                    == .wrongCode(left: 4))
            #expect(try await verify(fixture, contact.id, code).verifiedAt != nil)
            #expect(try await verify(fixture, contact.id, another(than: code)).verifiedAt != nil)
            let audit = try fixture.superuser(
                "SELECT action FROM audit_logs WHERE target_table = 'contact_methods' ORDER BY id")
            #expect(
                try audit.map { try $0.string("action") } == [
                    "CONTACT_ADDED", "CONTACT_CODE_SENT", "CONTACT_CODE_WRONG", "CONTACT_VERIFIED",
                ])
        }
    }

    @Test("The fifth wrong code locks the contact, also for the right one and for a new one")
    func locks() async throws {
        try await StoreFixture.withStore { fixture in
            let contact = try await add(fixture).id
            let code = try code(fixture, contact)
            var refusals: [ContactRefusal?] = []
            for _ in 0..<5 {
                refusals.append(try await refusal { _ = try await verify(fixture, contact, another(than: code)) })
            }
            #expect(
                refusals == [
                    .wrongCode(left: 4), .wrongCode(left: 3), .wrongCode(left: 2), .wrongCode(left: 1),
                    .wait(VerificationCode.lock),
                ])
            guard case .wait? = try await refusal({ _ = try await verify(fixture, contact, code) }) else {
                Issue.record("the right code was taken while the contact was locked")
                return
            }
            _ = try fixture.superuser("UPDATE messages SET created_at = created_at - INTERVAL '2 minutes'")
            guard
                case .wait? = try await refusal({
                    _ = try await fixture.store {
                        try await $0.contacts.resendCode(to: contact, of: DemoData.doctor, Self.doctor)
                    }
                })
            else {
                Issue.record("a code was sent while the contact was locked")
                return
            }
            _ = try fixture.superuser("UPDATE contact_methods SET locked_until = clock_timestamp()")
            #expect(try await refusal { _ = try await verify(fixture, contact, code) } == .noCode)
        }
    }

    @Test("A code that is too old is not taken; a new one comes after a minute, and five an hour at most")
    func resends() async throws {
        try await StoreFixture.withStore { fixture in
            let contact = try await add(fixture).id
            let first = try code(fixture, contact)
            let resend: @Sendable () async throws -> Void = {
                _ = try await fixture.store {
                    try await $0.contacts.resendCode(to: contact, of: DemoData.doctor, Self.doctor)
                }
            }
            guard case .wait(let rest)? = try await refusal(resend) else {
                Issue.record("a second code was sent at once")
                return
            }
            #expect(rest > .seconds(30) && rest <= .seconds(60))
            _ = try fixture.superuser(
                "UPDATE contact_methods SET code_expires_at = clock_timestamp() WHERE code_expires_at IS NOT NULL")
            #expect(try await refusal { _ = try await verify(fixture, contact, first) } == .noCode)
            for _ in 0..<4 {
                _ = try fixture.superuser("UPDATE messages SET created_at = created_at - INTERVAL '61 seconds'")
                #expect(try await refusal(resend) == nil)
            }
            _ = try fixture.superuser("UPDATE messages SET created_at = created_at - INTERVAL '61 seconds'")
            #expect(try await refusal(resend) == .wait(.seconds(3_600)))
            let newest = try code(fixture, contact)
            if first != newest {
                #expect(try await refusal { _ = try await verify(fixture, contact, first) } == .wrongCode(left: 4))
            }
            #expect(try await verify(fixture, contact, newest).verifiedAt != nil)
        }
    }

    @Test("An address twice, a contact too many, a voice contact's code and the directory's deletion are refused")
    func refusals() async throws {
        try await StoreFixture.withStore { fixture in
            let contact = try await add(fixture)
            #expect(try await refusal { _ = try await add(fixture) } == .duplicate)
            let voice = try await fixture.store {
                try await $0.contacts.add(Self.phone, kind: .voice, label: "", to: DemoData.doctor, Self.doctor)
            }
            #expect(voice.reach.obstacle == .voiceNotServed && voice.codeExpiresAt == nil)
            #expect(
                try await refusal {
                    _ = try await fixture.store {
                        try await $0.contacts.resendCode(to: voice.id, of: DemoData.doctor, Self.doctor)
                    }
                } == .voiceNotServed)
            let all = try await fixture.store { try await $0.contacts.contacts(of: DemoData.doctor, Self.doctor) }
            let directory = try #require(all.first { $0.isFromDirectory }).id
            #expect(
                try await refusal {
                    try await fixture.store {
                        try await $0.contacts.delete(directory, of: DemoData.doctor, Self.doctor)
                    }
                } == .fromDirectory)
            try await fixture.store { try await $0.contacts.delete(contact.id, of: DemoData.doctor, Self.doctor) }
            #expect(
                try fixture.superuser("SELECT address FROM contact_methods WHERE id = '\(contact.id)'")[0].string(
                    "address") == "")
            _ = try await add(fixture)
            for index in 0..<17 {
                let number = try #require(PhoneNumber("+1500555\(2_000 + index)"))
                _ = try fixture.superuser("UPDATE messages SET created_at = created_at - INTERVAL '2 hours'")
                _ = try await add(fixture, .phone(number))
            }
            #expect(
                try await refusal { _ = try await add(fixture, .phone(try #require(PhoneNumber("+15005553000")))) }
                    == .tooMany)
        }
    }

    @Test("A person gets ten codes an hour, over all contacts that are added and deleted again")
    func floods() async throws {
        try await StoreFixture.withStore { fixture in
            for index in 0..<10 {
                let number = try #require(PhoneNumber("+1500555\(3_000 + index)"))
                let contact = try await add(fixture, .phone(number)).id
                try await fixture.store { try await $0.contacts.delete(contact, of: DemoData.doctor, Self.doctor) }
            }
            let one = try #require(PhoneNumber("+15005554000"))
            #expect(try await refusal { _ = try await add(fixture, .phone(one)) } == .wait(.seconds(3_600)))
            let rows = try fixture.superuser(
                "SELECT FROM contact_methods WHERE user_id = '\(DemoData.doctor)' AND deleted_at IS NULL")
            #expect(rows.count == 1, "a contact without its code is not kept")
        }
    }

    @Test("Contacts keep the order they are put into, and an order must name each once")
    func order() async throws {
        try await StoreFixture.withStore { fixture in
            let added = try await add(fixture).id
            let before = try await fixture.store {
                try await $0.contacts.contacts(of: DemoData.doctor, Self.doctor).map(\.id)
            }
            #expect(before.last == added)
            let turned = Array(before.reversed())
            let after = try await fixture.store {
                try await $0.contacts.order(turned, of: DemoData.doctor, Self.doctor).map(\.id)
            }
            #expect(after == turned)
            for wrong in [[], [added], turned + [added], [added, added]] {
                await #expect(throws: StoreError.invalidReference(.contactIds)) {
                    try await fixture.store { try await $0.contacts.order(wrong, of: DemoData.doctor, Self.doctor) }
                }
            }
        }
    }

    @Test("STOP from a phone opts out its contacts in every clinic, and START alone opts them in again")
    func stop() async throws {
        try await StoreFixture.withStore { fixture in
            let number = try #require(PhoneNumber("+15005550101"))
            let other = TenantContext(clinic: DemoData.otherClinic, actor: .user(DemoData.otherDoctor, .doctor))
            _ = try await fixture.store {
                try await $0.contacts.add(.phone(number), kind: .sms, label: "", to: DemoData.otherDoctor, other)
            }
            let changed = try await fixture.store { try await $0.contacts.take(.stop, from: number) }
            #expect(changed.map(\.clinic) == [DemoData.clinic, DemoData.otherClinic])
            #expect(changed.map(\.user) == [DemoData.doctor, DemoData.otherDoctor])
            #expect(try await fixture.store { try await $0.contacts.take(.stop, from: number) } == [])
            let contact = try #require(
                try await fixture.store { try await $0.contacts.contacts(of: DemoData.doctor, Self.doctor) }.first)
            #expect(contact.optedOutBy == .reply && contact.reach.obstacle == .optedOut)
            #expect(
                try await refusal {
                    _ = try await fixture.store {
                        try await $0.contacts.change(
                            contact.id, of: DemoData.doctor, label: nil, isOptedOut: false, Self.doctor)
                    }
                } == .optedOutByPhone)
            #expect(try await fixture.store { try await $0.contacts.take(.start, from: number) }.count == 2)
            #expect(
                try await fixture.store {
                    try await $0.contacts.take(.start, from: try #require(PhoneNumber("+15005559999")))
                } == [])
            let own = try await fixture.store {
                try await $0.contacts.change(contact.id, of: DemoData.doctor, label: "x", isOptedOut: true, Self.doctor)
            }
            #expect(own.optedOutBy == .owner && own.label == "x")
            let back = try await fixture.store {
                try await $0.contacts.change(
                    contact.id, of: DemoData.doctor, label: nil, isOptedOut: false, Self.doctor)
            }
            #expect(back.optedOutBy == nil && back.label == "x")
        }
    }

    @Test("Another clinic's person and contact are as ones that do not exist")
    func otherClinic() async throws {
        try await StoreFixture.withStore { fixture in
            let contact = try await add(fixture).id
            let other = TenantContext(clinic: DemoData.otherClinic, actor: .user(DemoData.otherAdmin, .admin))
            await #expect(throws: StoreError.notFound(.user)) {
                try await fixture.store { try await $0.contacts.contacts(of: DemoData.doctor, other) }
            }
            await #expect(throws: StoreError.notFound(.user)) {
                try await fixture.store {
                    try await $0.contacts.add(Self.phone, kind: .sms, label: "", to: DemoData.doctor, other)
                }
            }
            await #expect(throws: StoreError.notFound(.contact)) {
                try await fixture.store { try await $0.contacts.delete(contact, of: DemoData.doctor, other) }
            }
            await #expect(throws: StoreError.notFound(.contact)) {
                try await fixture.store { try await $0.contacts.delete(contact, of: DemoData.otherDoctor, other) }
            }
        }
    }
}
