package import Clinic
import Cryptography
import Database

/// The statement that opts a contact out, or in again.
enum OptOut {
    private static let update = Statement(
        "opt_contact_out",
        """
        UPDATE contact_methods SET opted_out_by = $3,
            opted_out_at = CASE WHEN $3::text IS NULL THEN NULL ELSE COALESCE(opted_out_at, clock_timestamp()) END
        WHERE clinic_id = $1 AND id = $2 AND opted_out_by IS DISTINCT FROM $3::text
        """)

    /// `by` nil opts in.
    static func call(_ contact: ContactID, by source: OptOutSource?, _ context: TenantContext) -> Call {
        update(.id(context.clinic), .id(contact), .text(source?.rawValue))
    }
}

extension ContactStore {
    /// What a phone said about messages in general.
    package enum Keyword: Hashable, Sendable {
        /// STOP, and the words that carriers take for it.
        case stop
        /// START.
        case start
    }

    private static let ofAddress = Statement(
        "contacts_of_address",
        """
        SELECT id, clinic_id, user_id FROM contact_methods
        WHERE address_digest = ANY ($1::bytea[]) AND kind = $2 AND deleted_at IS NULL ORDER BY clinic_id, id LIMIT 100
        """)

    private static let unseen = Statement(
        "contacts_without_digest",
        """
        SELECT id, clinic_id, user_id, address FROM contact_methods
        WHERE from_directory AND address_digest IS NULL AND deleted_at IS NULL LIMIT 500
        """)

    private static let see = Statement(
        "set_contact_digest",
        """
        UPDATE contact_methods SET address_digest = $3
        WHERE clinic_id = $1 AND id = $2 AND address = $4 AND deleted_at IS NULL
        """)

    /// Whose contact changed.
    package struct Changed: Hashable, Sendable {
        package let clinic: ClinicID
        package let user: UserID
        package let contact: ContactID
    }

    /// STOP or START from a phone: holds for every contact with its number, in each clinic. Returns what changed.
    package func take(_ keyword: Keyword, from phone: PhoneNumber) async throws(StoreError) -> [Changed] {
        try await seeDirectory()
        let digests = vault.digests(of: .phone(phone)).map { "\\x\(Hex.encode($0))" }
        let rows = try await pool.runAsEngine([
            Self.ofAddress(.array(digests), .text(ContactKind.sms.rawValue))
        ])
        let found = try reading { () throws(DatabaseError) in
            var found: [Changed] = []
            for row in rows[0] {
                found.append(
                    Changed(
                        clinic: try row.id("clinic_id"), user: try row.id("user_id"), contact: try row.id("id")))
            }
            return found
        }
        var changed: [Changed] = []
        for one in found {
            let isNews = try await opt(one.contact, keyword == .stop ? .reply : nil, .hub(in: one.clinic))
            if isNews { changed.append(one) }
        }
        return changed
    }

    /// A gateway refused a message since the phone asked for silence. True if that was news.
    package func notePhoneOptedOut(_ contact: ContactID, in clinic: ClinicID) async throws(StoreError) -> Bool {
        try await opt(contact, .gateway, .hub(in: clinic))
    }

    private func opt(
        _ contact: ContactID, _ source: OptOutSource?, _ context: TenantContext
    ) async throws(StoreError) -> Bool {
        try await pool.interact(context) { transaction throws(StoreError) in
            let rows = try await transaction.execute([OptOut.call(contact, by: source, context)])
            guard rows[0].affected > 0 else { return false }
            let action: AuditAction = source == nil ? .contactOptedIn : .contactOptedOut
            _ = try await transaction.executeAndCommit([context.audit(action, table: "contact_methods", contact)])
            return true
        }
    }

    /// Gives numbers of the directory their digests; what the platform wrote has none until then. Safe to repeat.
    package func seeDirectory() async throws(StoreError) {
        let rows = try await pool.runAsEngine([Self.unseen()])
        for row in rows[0] {
            let (contact, clinic, user, sealed) = try reading {
                () throws(DatabaseError) -> (ContactID, ClinicID, UserID, String) in
                (try row.id("id"), try row.id("clinic_id"), try row.id("user_id"), try row.string("address"))
            }
            // A number that does not open reaches nobody; reachability says so, and others are not held up.
            guard let phone = try? vault.openPhone(sealed, of: user) else { continue }
            _ = try await pool.run(
                .hub(in: clinic),
                [
                    Self.see(
                        .id(clinic), .id(contact), .bytes(vault.digests(of: .phone(phone))[0]), .text(sealed))
                ])
        }
    }
}
