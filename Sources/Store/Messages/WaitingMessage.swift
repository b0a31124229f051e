package import Clinic
import Database
package import Escalation

/// A message whose turn it is, locked but not yet claimed: what the choice of its gateway needs to know.
package struct WaitingMessage: Sendable, Equatable {
    package let message: MessageID
    package let clinic: ClinicID
    /// nil for a message that proves or tests a contact, or answers a text.
    package let alert: AlertID?
    package let user: UserID
    package let step: Int
    package let generation: Int64
    package let kind: ContactKind
    /// nil for the number of the directory, as it was before contacts.
    package let contact: ContactID?
    package let address: ContactAddress
    package let template: TextTemplate
    package let urgency: UrgencyLevel
    /// nil where the message names no alert.
    package let code: AlertCode?
    /// What the message is to prove the contact with.
    package let proof: VerificationCode?
    /// Whether its contact was opted out or deleted since it was written.
    package let isContactGone: Bool
    /// When the next person is called; nil where there is none.
    package let answerWithin: Duration?
    /// How long the message is still worth sending.
    package let expiresIn: Duration
    /// The gateways of its attempts so far, in order.
    package let tried: [String]
    /// Of these, attempts that a replay has written off.
    package let triesBefore: Int
    /// The last attempt, where nobody knows what became of it.
    package let doubtful: AttemptID?
    /// What the alert's policy says about it.
    package let rules: DeliveryRules

    /// The version of the policy that the alert of a waiting message was frozen with; nil where it is about none.
    static func policy(of row: Row) throws(DatabaseError) -> FrozenPolicies.Key? {
        guard let id: PolicyID = try row.optionalID("policy_id") else { return nil }
        return FrozenPolicies.Key(id: id, version: try row.int("policy_version"))
    }

    /// - Parameter policies: of all the rows.
    init(_ row: Row, _ policies: [FrozenPolicies.Key: EscalationPolicy], vault: PHIVault) throws(StoreError) {
        let head = try reading { () throws(DatabaseError) in try Head(row) }
        let address = try vault.openAddress(
            head.address, kind: head.kind, of: head.contact, fromDirectory: head.isFromDirectory, user: head.user)
        var proof: VerificationCode?
        if let sealed = head.sealedCode { proof = try vault.openCode(sealed, of: head.message) }
        self = try reading { () throws(DatabaseError) in
            let policy = try Self.policy(of: row).flatMap { policies[$0] }
            return try WaitingMessage(row, head, policy, address: address, proof: proof)
        }
    }

    /// What is sealed, and what opens it.
    private struct Head {
        let message: MessageID
        let user: UserID
        let kind: ContactKind
        let contact: ContactID?
        let isFromDirectory: Bool
        let address: String
        let sealedCode: String?

        init(_ row: Row) throws(DatabaseError) {
            message = try row.id("id")
            user = try row.id("user_id")
            kind = try row.choice("channel")
            contact = try row.optionalID("contact_id")
            isFromDirectory = try row.optionalBool("from_directory") ?? true
            address = try row.string("address")
            sealedCode = try row.optionalString("sealed_code")
        }
    }

    private init(
        _ row: Row, _ head: Head, _ policy: EscalationPolicy?, address: ContactAddress, proof: VerificationCode?
    ) throws(DatabaseError) {
        message = head.message
        clinic = try row.id("clinic_id")
        alert = try row.optionalID("alert_id")
        user = head.user
        contact = head.contact
        self.proof = proof
        isContactGone = try row.bool("is_contact_gone")
        step = try row.int("step")
        generation = try row.int64("generation")
        kind = head.kind
        self.address = address
        template = try row.choice("template")
        let rank = try row.int("priority")
        guard let urgency = UrgencyLevel.allCases.first(where: { $0.rank == rank }) else {
            throw .malformed("priority")
        }
        self.urgency = urgency
        rules = policy.map { DeliveryRules($0, urgency, kind: head.kind) } ?? DeliveryRules(urgency)
        code = try row.optionalString("code").flatMap { AlertCode($0) }
        guard alert == nil || code != nil else { throw .malformed("code") }
        answerWithin = try row.optionalInt64("answer_within_seconds").map { .seconds($0) }
        expiresIn = .microseconds(try row.int64("expires_in"))
        tried = try row.string("tried").split(separator: ",").map(String.init)
        triesBefore = try row.int("tries_before")
        doubtful = try row.optionalID("doubtful_id")
    }
}
