import Clinic
import Cryptography
import Database
import Escalation
import Platform
import SimulatedWorld
import Store
import TestSupport
import Testing

/// The simulation is worth what its database is worth: the same scripts on it and on Store over PostgreSQL.
@Suite("The simulated database is as the real one")
struct ConformanceTests {
    @Test("every operation comes to the same, and leaves the same rows", arguments: 1...8 as ClosedRange<UInt64>)
    func conforms(_ seed: UInt64) async throws {
        let database = try ScratchPostgres.migrated()
        let vault = try #require(PHIVault(key: SecureRandom.bytes(PHIVault.keyLength)))
        let (owner, hub, superuser) = (
            database.settings(.owner), database.settings(.hub), database.settings(.superuser)
        )
        try await onLoop { reactor in
            let seeding = Pool(reactor: reactor, settings: owner)
            seeding.start()
            defer { seeding.close() }
            try await seeding.waitUntilAvailable(within: .seconds(10))
            try await DemoData.seed(seeding, vault: vault)
            let pool = Pool(reactor: reactor, settings: hub)
            pool.start()
            defer { pool.close() }
            try await pool.waitUntilAvailable(within: .seconds(10))
            try await run(seed, Store(pool: pool, vault: vault), try BlockingConnection(superuser), vault)
        }
    }

    private func run(
        _ seed: UInt64, _ store: Store, _ superuser: BlockingConnection, _ vault: PHIVault
    ) async throws {
        try addContact(superuser, vault)
        let policy = ConformanceScript.policy(PolicyID(high: 0, low: 0x7001), seed: seed)
        let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
        _ = try await store.policies.write(policy, admin)
        _ = try await store.policies.activate(policy.id, version: 1, admin)
        let real = RealStore(store, superuser)
        let people = try real.people()
        var model = ModelStore(people: people, policy: policy)
        var script = ConformanceScript(
            seed: seed, people: people.map(\.user), doctors: [DemoData.doctor, DemoData.backupDoctor])
        var story: [String] = []
        for _ in 0..<80 {
            let operation = script.next(alerts: model.alertCount, claims: model.claimCount)
            let expected = try await real.perform(operation)
            let outcome = model.perform(operation)
            story.append("\(operation): \(expected)")
            let (stored, modelled) = (try real.dump(), model.dump())
            guard outcome == expected, stored == modelled else {
                Issue.record(
                    """
                    seed \(seed), \(operation): the model says \(outcome), PostgreSQL \(expected)
                    only PostgreSQL has \(Set(stored).subtracting(modelled).sorted().joined(separator: "\n"))
                    only the model has \(Set(modelled).subtracting(stored).sorted().joined(separator: "\n"))
                    after \(story.suffix(12).joined(separator: "\n"))
                    """)
                return
            }
        }
    }

    /// The doctor has a second way, so that one may fail while the other is hoped for.
    private func addContact(_ superuser: BlockingConnection, _ vault: PHIVault) throws {
        let contact = ContactID(high: 0, low: 0x7002)
        let address = try vault.seal(address: .pushToken("device-token-0123456789"), of: contact)
        _ = try superuser.query(
            """
            INSERT INTO contact_methods (id, clinic_id, user_id, kind, address, position, verified_at)
            VALUES ('\(contact)', '\(DemoData.clinic)', '\(DemoData.doctor)', 'PUSH', '\(address)', 2, now())
            """)
    }
}
