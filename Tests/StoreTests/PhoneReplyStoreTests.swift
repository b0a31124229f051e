import Clinic
import Database
import Escalation
import TestSupport
import Testing

@testable import Store

@Suite("Whose phone answers")
struct PhoneReplyStoreTests {
    private func phone(_ text: String) throws -> PhoneNumber { try #require(PhoneNumber(text)) }

    private func replier(
        _ fixture: StoreFixture, _ code: AlertCode, _ phone: PhoneNumber
    ) async throws -> PhoneReplyStore.Replier? {
        try await fixture.store { store in
            try await store.contacts.seeDirectory()
            return try await store.replies.replier(code, from: phone)
        }
    }

    @Test("A code counts from the number that it was sent to, and from no other")
    func number() async throws {
        try await StoreFixture.withStore { fixture in
            let raised = try await fixture.raise(urgency: .critical)
            let code = try #require(AlertCode(raised.code))
            let doctor = try phone(DemoIDs.doctorPhone)
            let found = try #require(try await replier(fixture, code, doctor))
            #expect(found.alert == raised.id && found.user == DemoData.doctor && found.role == .doctor)
            #expect(try await replier(fixture, code, try phone(DemoIDs.backupPhone)) == nil, "it was not sent there")
            #expect(try await replier(fixture, code, try phone("+15005550999")) == nil)
            #expect(try await replier(fixture, AlertCode(randomBits: 0), doctor) == nil)
            try fixture.superuser("UPDATE contact_methods SET verified_at = NULL WHERE user_id = '\(DemoData.doctor)'")
            #expect(try await replier(fixture, code, doctor) == nil, "a number that nobody verified proves nothing")
        }
    }

    @Test("The code of a closed alert counts no more")
    func closed() async throws {
        try await StoreFixture.withStore { fixture in
            let raised = try await fixture.raise(urgency: .critical)
            let code = try #require(AlertCode(raised.code))
            _ = try await fixture.advance(raised.id, .closed(by: DemoData.admin))
            #expect(try await replier(fixture, code, try phone(DemoIDs.doctorPhone)) == nil)
        }
    }

    @Test("Five wrong codes lock a phone for half an hour; a right one before forgives, and old ones are forgotten")
    func locked() async throws {
        try await StoreFixture.withStore { fixture in
            let doctor = try phone(DemoIDs.doctorPhone)
            func wrong() async throws -> PhoneReplyStore.Guard {
                try await fixture.store { try await $0.replies.noteWrong(from: doctor) }
            }
            func standing() async throws -> PhoneReplyStore.Guard {
                try await fixture.store { try await $0.replies.standing(of: doctor) }
            }
            for _ in 0..<4 { #expect(try await wrong() == .heard) }
            try await fixture.store { try await $0.replies.forgive(doctor) }
            for _ in 0..<4 { #expect(try await wrong() == .heard) }
            try fixture.superuser("UPDATE reply_guards SET since = since - INTERVAL '1 hour'")
            for _ in 0..<4 { #expect(try await wrong() == .heard) }
            #expect(try await standing() == .heard)
            #expect(try await wrong() == .locked)
            #expect(try await standing() == .locked)
            let kept = try fixture.superuser("SELECT row_to_json(g)::text AS text FROM reply_guards g")[0]
            #expect(!(try kept.string("text").contains("5005550101")), "the number is not kept")
            try fixture.superuser("UPDATE reply_guards SET locked_until = now()")
            #expect(try await standing() == .heard)
        }
    }

    @Test("A phone that guesses is an operator's notice as long as it is not heard; nobody's phone is none")
    func lockedNotice() async throws {
        try await StoreFixture.withStore { fixture in
            let numbers = [try phone(DemoIDs.doctorPhone), try phone("+15005550999")]
            func notices(_ clinic: ClinicID = DemoData.clinic) async throws -> [OperatorNotice] {
                try await fixture.store { store in
                    try await store.contacts.seeDirectory()
                    return try await store.reach.report(.hub(in: clinic)).notices.filter { $0.kind == .repliesLocked }
                }
            }
            for number in numbers {
                for _ in 0..<PhoneReplyStore.maximumWrong {
                    #expect(try await notices().count == (number == numbers[0] ? 0 : 1))
                    _ = try await fixture.store { try await $0.replies.noteWrong(from: number) }
                }
            }
            #expect(try await notices().map(\.user) == [DemoData.doctor])
            #expect(try await notices(DemoData.otherClinic).isEmpty)
            #expect(try await fixture.store { try await $0.replies.clinics(of: numbers[0]) } == [DemoData.clinic])
            try fixture.superuser("UPDATE reply_guards SET locked_until = now()")
            #expect(try await notices().isEmpty)
        }
    }

    @Test(
        "What became of a reply is a message to that phone, without an alert; to a phone of nobody, or a silent one, none"
    )
    func answers() async throws {
        try await StoreFixture.withStore { fixture in
            let doctor = try phone(DemoIDs.doctorPhone)
            let code = AlertCode(randomBits: 77)
            func queue(_ answer: PhoneAnswer, _ phone: PhoneNumber) async throws -> Bool {
                try await fixture.store { store in
                    try await store.contacts.seeDirectory()
                    return try await store.replies.queue(answer, to: phone)
                }
            }
            #expect(try await queue(PhoneAnswer(.accepted, code), doctor))
            #expect(try await queue(PhoneAnswer(.wrongCode, nil), doctor))
            #expect(try await !queue(PhoneAnswer(.wrongCode, nil), try phone("+15005550999")))
            let claimed = try await fixture.claim()
            #expect(Set(claimed.map(\.template)) == [.accepted, .wrongCode])
            #expect(claimed.first { $0.template == .accepted }?.code == code)
            #expect(claimed.allSatisfy { $0.alert == nil && $0.address == .phone(doctor) })
            _ = try await fixture.store { try await $0.contacts.take(.stop, from: doctor) }
            #expect(try await !queue(PhoneAnswer(.accepted, code), doctor), "who said STOP is not written to")
        }
    }

    @Test("A text is acted on once, by its gateway's key")
    func once() async throws {
        try await StoreFixture.withStore { fixture in
            func isKnown(_ key: String) async throws -> Bool {
                try await fixture.store { try await $0.replies.isKnown(gateway: "twilio", key: key) }
            }
            #expect(try await !isKnown("SM1"))
            for _ in 0..<2 {
                try await fixture.store { try await $0.replies.keep(gateway: "twilio", key: "SM1", outcome: "HELPED") }
            }
            #expect(try await isKnown("SM1"))
            #expect(try await !isKnown("SM2"))
        }
    }
}
