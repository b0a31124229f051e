package import Clinic
import Database

/// The ways by which people are reached. Loop-confined.
///
/// Whoever calls has checked that the actor may see and change this person's contacts.
package struct ContactStore {
    /// The most contacts of one person.
    package static let maximumContacts = 20

    let pool: Pool
    let vault: PHIVault

    private static let list = Statement(
        name: "list_contacts",
        sql: """
            \(ContactRecord.query)
            WHERE c.clinic_id = $1 AND c.user_id = $2 AND c.deleted_at IS NULL ORDER BY c.position, c.created_at, c.id
            """)

    private static let one = Statement(
        name: "read_contact",
        sql: """
            \(ContactRecord.query)
            WHERE c.clinic_id = $1 AND c.user_id = $2 AND c.id = $3 AND c.deleted_at IS NULL
            """)

    private static let user = Statement(
        "contact_owner", "SELECT FROM users WHERE clinic_id = $1 AND id = $2")

    private static let insert = Statement(
        "insert_contact",
        """
        INSERT INTO contact_methods (id, clinic_id, user_id, kind, label, address, address_digest, position)
        SELECT $1, $2, $3, $4, $5, $6, $7, COALESCE(max(position), 0) + 1
        FROM contact_methods WHERE clinic_id = $2 AND user_id = $3 AND deleted_at IS NULL
        HAVING count(*) < $8
        """)

    private static let rename = Statement(
        "label_contact", "UPDATE contact_methods SET label = $3 WHERE clinic_id = $1 AND id = $2")

    private static let erase = Statement(
        "delete_contact",
        """
        UPDATE contact_methods SET deleted_at = clock_timestamp(), address = '', address_digest = NULL,
            code_digest = NULL, code_expires_at = NULL
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let eraseRules = Statement(
        "delete_contact_rules", "DELETE FROM notification_rules WHERE clinic_id = $1 AND contact_id = $2")

    private static let eraseMessages = Statement(
        "cancel_contact_messages",
        """
        UPDATE messages SET state = 'CANCELLED'
        WHERE clinic_id = $1 AND contact_id = $2 AND state = 'QUEUED' AND purpose <> 'ALERT'
        """)

    private static let place = Statement(
        "place_contacts",
        """
        UPDATE contact_methods c SET position = wanted.position
        FROM unnest($3::uuid[]) WITH ORDINALITY AS wanted (id, position)
        WHERE c.clinic_id = $1 AND c.user_id = $2 AND c.id = wanted.id AND c.deleted_at IS NULL
        """)

    /// The person's contacts in the person's order; `notFound` for a user that the clinic does not have.
    package func contacts(of user: UserID, _ context: TenantContext) async throws(StoreError) -> [ContactRecord] {
        let rows = try await pool.run(
            context, [Self.user(.id(context.clinic), .id(user)), Self.list(.id(context.clinic), .id(user))])
        guard !rows[0].isEmpty else { throw .notFound(.user) }
        var contacts: [ContactRecord] = []
        for row in rows[1] { contacts.append(try ContactRecord(row, vault: vault)) }
        return contacts
    }

    /// Adds a contact, not verified, and sends its code where the kind is served; both in one transaction.
    package func add(
        _ address: ContactAddress, kind: ContactKind, label: String, to user: UserID, _ context: TenantContext
    ) async throws(StoreError) -> ContactRecord {
        let contact = ContactID.random()
        let sealed = try vault.seal(address: address, of: contact)
        return try await pool.interact(context) { transaction throws(StoreError) in
            let rows = try await transaction.execute([
                Self.user(.id(context.clinic), .id(user)),
                Self.insert(
                    .id(contact), .id(context.clinic), .id(user), .text(kind.rawValue), .text(label), .text(sealed),
                    .bytes(vault.digests(of: address)[0]), .integer(Self.maximumContacts)),
                context.audit(.contactAdded, table: "contact_methods", contact),
            ])
            guard !rows[0].isEmpty else { throw .notFound(.user) }
            guard rows[1].affected > 0 else { throw .contact(.tooMany) }
            if kind != .voice { try await sendCode(to: contact, of: user, transaction, context) }
            return try await read(contact, of: user, transaction, context)
        }
    }

    /// Changes the label, or whether anything is sent to it.
    package func change(
        _ contact: ContactID, of user: UserID, label: String?, isOptedOut: Bool?, _ context: TenantContext
    ) async throws(StoreError) -> ContactRecord {
        try await pool.interact(context) { transaction throws(StoreError) in
            let state = try await lock(contact, of: user, transaction, context)
            var calls: [Call] = []
            if let label { calls.append(Self.rename(.id(context.clinic), .id(contact), .text(label))) }
            if let isOptedOut, isOptedOut != (state.optedOutBy != nil) {
                if !isOptedOut, state.optedOutBy != .owner { throw .contact(.optedOutByPhone) }
                calls.append(OptOut.call(contact, by: isOptedOut ? .owner : nil, context))
                calls.append(
                    context.audit(
                        isOptedOut ? .contactOptedOut : .contactOptedIn, table: "contact_methods", contact))
            }
            calls.append(context.audit(.contactChanged, table: "contact_methods", contact))
            _ = try await transaction.execute(calls)
            return try await read(contact, of: user, transaction, context)
        }
    }

    /// Forgets the address; the row stays for the messages that went to it.
    package func delete(
        _ contact: ContactID, of user: UserID, _ context: TenantContext
    ) async throws(StoreError) {
        try await pool.interact(context) { transaction throws(StoreError) in
            let state = try await lock(contact, of: user, transaction, context)
            guard !state.isFromDirectory else { throw .contact(.fromDirectory) }
            _ = try await transaction.executeAndCommit([
                Self.erase(.id(context.clinic), .id(contact)), Self.eraseRules(.id(context.clinic), .id(contact)),
                Self.eraseMessages(.id(context.clinic), .id(contact)),
                context.audit(.contactDeleted, table: "contact_methods", contact),
            ])
        }
    }

    /// Puts the person's contacts into this order; `invalidReference` unless it names each of them once.
    package func order(
        _ contacts: [ContactID], of user: UserID, _ context: TenantContext
    ) async throws(StoreError) -> [ContactRecord] {
        let known = try await self.contacts(of: user, context).map(\.id)
        guard known.count == contacts.count, Set(known) == Set(contacts) else {
            throw .invalidReference(.contactIds)
        }
        let rows = try await pool.run(
            context,
            [
                Self.place(.id(context.clinic), .id(user), .array(contacts.map(\.description))),
                context.audit(.contactChanged, table: "users", user),
                Self.list(.id(context.clinic), .id(user)),
            ])
        var ordered: [ContactRecord] = []
        for row in rows[2] { ordered.append(try ContactRecord(row, vault: vault)) }
        return ordered
    }

    func read(
        _ contact: ContactID, of user: UserID, _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) -> ContactRecord {
        let rows = try await transaction.executeAndCommit([
            Self.one(.id(context.clinic), .id(user), .id(contact))
        ])
        guard let row = rows[0].first else { throw .notFound(.contact) }
        return try ContactRecord(row, vault: vault)
    }
}
