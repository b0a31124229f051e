import Testing

@testable import Clinic

@Suite("PhoneReply")
struct PhoneReplyTests {
    @Test(
        "a digit and a code, as people type them",
        arguments: [
            "1 K7QF3", "1K7QF3", "1 k7qf3", " 1  K7QF3 ", "1. K7QF3", "1-K7QF3", "1:K7QF3!", "\"1 K7QF3\"",
            "1\nK7QF3\n",
            "1 K7-QF3", "(1) K7QF3",
        ])
    func typed(_ text: String) throws {
        let reply = try #require(PhoneReply(text))
        #expect(reply.act == .acknowledge)
        #expect(reply.code.description == "K7QF3")
    }

    @Test("the digit says what to do; letters that look like digits are those digits")
    func acts() {
        #expect(PhoneReply("2 K7QF3")?.act == .decline(nil))
        #expect(PhoneReply("3 K7QF3")?.act == .progress)
        #expect(PhoneReply("1 KOIL3")?.code.description == "K0113")
    }

    @Test(
        "everything else is no reply",
        arguments: [
            "", "1", "K7QF3", "4 K7QF3", "0 K7QF3", "1 K7QF", "1 K7QF33", "1 K7QFU", "11 K7QF3", "1 K7QF3 please", "ok",
            "YES", "STOP", "١ K7QF3", "1 K7QF３", "accept K7QF3", String(repeating: "1", count: 2_000),
        ])
    func others(_ text: String) { #expect(PhoneReply(text) == nil) }
}
