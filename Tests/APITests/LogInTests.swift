import Clinic
import Platform
import Testing

@testable import API

@Suite("Log-ins")
struct LogInTests {
    private let clinic = ClinicID(high: 1, low: 1)

    private func principal(_ user: UInt64 = 1, clinic: ClinicID? = nil, until seconds: Int64) -> Principal {
        Principal(
            clinic: clinic ?? self.clinic, user: UserID(high: 0, low: user), role: .doctor,
            expiresAt: time(seconds))
    }

    private func time(_ seconds: Int64) -> WallTime { WallTime(microseconds: seconds * 1_000_000) }

    @Test("A person's first token from an address is a log-in; one that is renewed, or used again, is none")
    func once() {
        let logIns = LogIns()
        #expect(logIns.isNew(principal(until: 100), from: "a", now: time(0)))
        #expect(!logIns.isNew(principal(until: 100), from: "a", now: time(1)))
        #expect(!logIns.isNew(principal(until: 200), from: "a", now: time(99)))
        // An older one beside it does not end what the newer one holds.
        #expect(!logIns.isNew(principal(until: 150), from: "a", now: time(120)))
        #expect(!logIns.isNew(principal(until: 300), from: "a", now: time(199)))
        #expect(logIns.isNew(principal(until: 400), from: "a", now: time(300)))
    }

    @Test("Another address, another person and another clinic are log-ins of their own; a program's key is none")
    func apart() {
        let logIns = LogIns()
        #expect(logIns.isNew(principal(until: 100), from: "a", now: time(0)))
        #expect(logIns.isNew(principal(until: 100), from: "b", now: time(0)))
        #expect(logIns.isNew(principal(2, until: 100), from: "a", now: time(0)))
        #expect(logIns.isNew(principal(clinic: ClinicID(high: 2, low: 2), until: 100), from: "a", now: time(0)))
        let key = Principal(
            clinic: clinic, user: UserID(high: 9, low: 9), standing: .key([.createAlert]), expiresAt: time(100))
        #expect(!logIns.isNew(key, from: "a", now: time(0)))
    }
}
