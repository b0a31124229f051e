import Clinic
import Database

/// The policies that alerts were frozen with, as far as their messages were looked at: a version never changes. Loop-confined.
final class FrozenPolicies {
    /// One version of one policy.
    struct Key: Hashable, Sendable {
        let id: PolicyID
        let version: Int
    }

    private var known: [Key: EscalationPolicy] = [:]
    private static let maximumKnown = 1_000

    // Across clinics, as ENGINE.
    private static let read = Statement(
        "read_frozen_policies",
        """
        SELECT p.id, p.version, p.document
        FROM (SELECT DISTINCT id, version FROM unnest($1::uuid[], $2::int[]) AS wanted (id, version)) wanted
        JOIN escalation_policies p ON p.id = wanted.id AND p.version = wanted.version
        """)

    /// Those of these keys, one of which that is not there any more is missing.
    func policies(_ keys: [Key], _ transaction: Transaction) async throws(StoreError) -> [Key: EscalationPolicy] {
        let wanted = Set(keys)
        let missing = wanted.filter { known[$0] == nil }
        if !missing.isEmpty {
            let rows = try await transaction.execute([
                Self.read(.array(missing.map(\.id.description)), .array(missing.map { String($0.version) }))
            ])
            if known.count + missing.count > Self.maximumKnown { known = known.filter { wanted.contains($0.key) } }
            for row in rows[0] {
                let policy = try EscalationPolicy(row, id: "id", version: "version")
                known[Key(id: policy.id, version: policy.version)] = policy
            }
        }
        return known.filter { wanted.contains($0.key) }
    }
}
