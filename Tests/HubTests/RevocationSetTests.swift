import Clinic
import Hub
import Store
import Testing

@Suite("Revoked tokens")
struct RevocationSetTests {
    private let clinic = ClinicID(high: 0, low: 1)
    private let user = UserID(high: 0, low: 2)

    private func time(_ seconds: Double) -> Timestamp { Timestamp(microseconds: Int64(seconds * 1e6)) }

    private func revocation(
        _ subject: Revocation.Subject, at seconds: Double = 100, until end: Double? = nil
    ) -> Revocation {
        Revocation(clinic: clinic, subject: subject, revokedAt: time(seconds), expiresAt: end.map(time))
    }

    private func isRevoked(
        _ set: RevocationSet, id: String? = nil, issued: Double? = nil, clinic: ClinicID? = nil, user: UserID? = nil
    ) -> Bool {
        set.isRevoked(
            clinic: clinic ?? self.clinic, user: user ?? self.user, tokenID: id, issuedAt: issued.map(time))
    }

    @Test("a token is revoked by its id, in its clinic alone")
    func token() {
        var set = RevocationSet()
        let isNew = set.add(revocation(.token("a")))
        #expect(isNew)
        #expect(isRevoked(set, id: "a"))
        #expect(!isRevoked(set, id: "b"))
        #expect(!isRevoked(set))
        #expect(!isRevoked(set, id: "a", clinic: ClinicID(high: 0, low: 9)))
    }

    @Test("a user's tokens are revoked up to the second of the revocation; a later one is good")
    func person() {
        var set = RevocationSet()
        _ = set.add(revocation(.user(user), at: 100.4))
        for issued in [nil, 0, 99, 100, 100.9] { #expect(isRevoked(set, issued: issued)) }
        #expect(!isRevoked(set, issued: 101))
        #expect(!isRevoked(set, issued: 99, user: UserID(high: 0, low: 3)))
        #expect(!isRevoked(set, issued: 99, clinic: ClinicID(high: 0, low: 9)))
    }

    @Test("what is told twice says nothing new, and an earlier revocation takes nothing back")
    func twice() {
        var set = RevocationSet()
        for (revocation, expected) in [
            (revocation(.user(user), at: 100), true), (revocation(.user(user), at: 100), false),
            (revocation(.user(user), at: 50), false), (revocation(.user(user), at: 200), true),
            (revocation(.token("a"), until: 500), true), (revocation(.token("a"), until: 400), false),
            (revocation(.token("a")), true), (revocation(.token("a"), until: 900), false),
        ] {
            let isNew = set.add(revocation)
            #expect(isNew == expected)
        }
        #expect(isRevoked(set, issued: 150))
        #expect(set.count == 2)
    }

    @Test("a token is forgotten after its own end, a user never")
    func expiry() {
        var set = RevocationSet()
        _ = set.add(revocation(.token("a"), until: 500))
        _ = set.add(revocation(.token("b")))
        _ = set.add(revocation(.user(user)))
        set.removeExpired(before: time(500))
        #expect(set.count == 3)
        set.removeExpired(before: time(501))
        #expect(!isRevoked(set, id: "a", issued: 101))
        #expect(isRevoked(set, id: "b", issued: 101))
        #expect(isRevoked(set, issued: 100))
    }
}
