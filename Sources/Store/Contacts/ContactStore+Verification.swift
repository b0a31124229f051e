package import Clinic
import Cryptography
import Database

extension ContactStore {
    /// A contact under its row lock.
    struct Locked {
        let kind: ContactKind
        let isFromDirectory: Bool
        let isVerified: Bool
        let optedOutBy: OptOutSource?
        let codeDigest: [UInt8]?
        /// Zero or less once it is too old.
        let codeExpiresIn: Duration?
        let failures: Int
        /// Zero or less where it is not locked any more.
        let lockedFor: Duration?
        /// Since the last code was queued; nil if there was none within the hour.
        let sinceLastCode: Duration?
        let codesOfTheHour: Int
        /// To all contacts that the person has or had.
        let codesOfThePerson: Int
    }

    private static let lockOne = Statement(
        "lock_contact",
        """
        SELECT kind, from_directory, verified_at IS NOT NULL AS is_verified, opted_out_by, code_digest, code_failures,
            (EXTRACT(EPOCH FROM code_expires_at - clock_timestamp()) * 1000000)::bigint AS code_expires_in,
            (EXTRACT(EPOCH FROM locked_until - clock_timestamp()) * 1000000)::bigint AS locked_for
        FROM contact_methods
        WHERE clinic_id = $1 AND user_id = $2 AND id = $3 AND deleted_at IS NULL FOR NO KEY UPDATE
        """)

    private static let codes = Statement(
        "codes_of_contact",
        """
        SELECT count(*) FILTER (WHERE m.contact_id = $3) AS n, count(*) AS of_person,
            (EXTRACT(EPOCH FROM clock_timestamp() - max(m.created_at) FILTER (WHERE m.contact_id = $3)) * 1000000
            )::bigint AS since_last
        FROM contact_methods c JOIN messages m ON m.clinic_id = c.clinic_id AND m.contact_id = c.id
        WHERE c.clinic_id = $1 AND c.user_id = $2 AND m.purpose = 'VERIFY'
            AND m.created_at > clock_timestamp() - INTERVAL '1 hour'
        """)

    private static let awaitCode = Statement(
        "await_code",
        """
        UPDATE contact_methods SET code_digest = $3, code_failures = 0,
            code_expires_at = clock_timestamp() + $4::bigint * INTERVAL '1 microsecond'
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let queueCode = Statement(
        "queue_code",
        """
        INSERT INTO messages
            (id, clinic_id, user_id, contact_id, purpose, step, generation, channel, template, address, priority,
             sealed_code, not_before, expires_at)
        SELECT $3, clinic_id, user_id, id, 'VERIFY', 0, 0, kind, 'VERIFY', address, 1, $4, clock_timestamp(),
            clock_timestamp() + $5::bigint * INTERVAL '1 microsecond'
        FROM contact_methods WHERE clinic_id = $1 AND id = $2
        """)

    private static let verified = Statement(
        "contact_verified",
        """
        UPDATE contact_methods SET verified_at = clock_timestamp(), code_digest = NULL, code_expires_at = NULL,
            code_failures = 0, locked_until = NULL
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let failed = Statement(
        "code_failed",
        """
        UPDATE contact_methods SET code_failures = code_failures + 1,
            locked_until = CASE WHEN $3::bool THEN clock_timestamp() + $4::bigint * INTERVAL '1 microsecond' END,
            code_digest = CASE WHEN $3::bool THEN NULL ELSE code_digest END,
            code_expires_at = CASE WHEN $3::bool THEN NULL ELSE code_expires_at END
        WHERE clinic_id = $1 AND id = $2
        """)

    /// Sends a new code, which replaces the one before it.
    package func resendCode(
        to contact: ContactID, of user: UserID, _ context: TenantContext
    ) async throws(StoreError) -> ContactRecord {
        try await pool.interact(context) { transaction throws(StoreError) in
            try await sendCode(to: contact, of: user, transaction, context)
            return try await read(contact, of: user, transaction, context)
        }
    }

    /// Takes a code. A wrong one is counted, and the count is kept whatever the answer says.
    package func verify(
        _ contact: ContactID, of user: UserID, code: VerificationCode, _ context: TenantContext
    ) async throws(StoreError) -> ContactRecord {
        let outcome = try await pool.interact(context) {
            transaction throws(StoreError) -> Result<ContactRecord, ContactRefusal> in
            let state = try await lock(contact, of: user, transaction, context)
            if state.isVerified { return .success(try await read(contact, of: user, transaction, context)) }
            if let lockedFor = state.lockedFor, lockedFor > .zero { return .failure(.wait(lockedFor)) }
            guard let digest = state.codeDigest, let expiresIn = state.codeExpiresIn, expiresIn > .zero else {
                return .failure(.noCode)
            }
            guard vault.matches(code, digest, of: contact) else {
                let left = VerificationCode.maximumFailures - state.failures - 1
                _ = try await transaction.executeAndCommit([
                    Self.failed(
                        .id(context.clinic), .id(contact), .bool(left <= 0), .microseconds(VerificationCode.lock)),
                    context.audit(.contactCodeWrong, table: "contact_methods", contact),
                ])
                return .failure(left <= 0 ? .wait(VerificationCode.lock) : .wrongCode(left: left))
            }
            _ = try await transaction.execute([
                Self.verified(.id(context.clinic), .id(contact)),
                context.audit(.contactVerified, table: "contact_methods", contact),
            ])
            return .success(try await read(contact, of: user, transaction, context))
        }
        do { return try outcome.get() } catch { throw .contact(error) }
    }

    /// Queues a code for the contact, or throws why there is none.
    func sendCode(
        to contact: ContactID, of user: UserID, _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) {
        let state = try await lock(contact, of: user, transaction, context)
        if let refusal = state.refusalOfCode { throw .contact(refusal) }
        let code = VerificationCode(randomBits: Self.randomBits())
        let message = MessageID.random()
        let validity = Parameter.microseconds(VerificationCode.validity)
        _ = try await transaction.execute([
            Self.awaitCode(
                .id(context.clinic), .id(contact), .bytes(vault.digest(of: code, for: contact)), validity),
            Self.queueCode(
                .id(context.clinic), .id(contact), .id(message), .text(try vault.seal(code: code, of: message)),
                validity),
            context.audit(.contactCodeSent, table: "contact_methods", contact),
        ])
    }

    private static func randomBits() -> UInt64 {
        SecureRandom.bytes(8).reduce(0) { ($0 << 8) | UInt64($1) }
    }

    /// Takes the row's lock; `notFound` for a contact that this person does not have.
    func lock(
        _ contact: ContactID, of user: UserID, _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) -> Locked {
        let rows = try await transaction.execute([
            Self.lockOne(.id(context.clinic), .id(user), .id(contact)),
            Self.codes(.id(context.clinic), .id(user), .id(contact)),
        ])
        guard let row = rows[0].first, let codes = rows[1].first else { throw .notFound(.contact) }
        return try reading { () throws(DatabaseError) in
            Locked(
                kind: try row.choice("kind"), isFromDirectory: try row.bool("from_directory"),
                isVerified: try row.bool("is_verified"), optedOutBy: try row.optionalChoice("opted_out_by"),
                codeDigest: try row.optionalBytes("code_digest"),
                codeExpiresIn: try row.optionalDuration(microseconds: "code_expires_in"),
                failures: try row.int("code_failures"),
                lockedFor: try row.optionalDuration(microseconds: "locked_for"),
                sinceLastCode: try codes.optionalDuration(microseconds: "since_last"),
                codesOfTheHour: try codes.int("n"), codesOfThePerson: try codes.int("of_person"))
        }
    }
}

extension ContactStore.Locked {
    /// Why no code is sent now.
    fileprivate var refusalOfCode: ContactRefusal? {
        if kind == .voice { return .voiceNotServed }
        if isVerified { return .alreadyVerified }
        if optedOutBy != nil { return .optedOut }
        if let lockedFor, lockedFor > .zero { return .wait(lockedFor) }
        // Else whoever adds and deletes contacts could have any number of texts sent.
        if codesOfThePerson >= VerificationCode.maximumPerHourAndPerson { return .wait(.seconds(3_600)) }
        guard let sinceLastCode else { return nil }
        if codesOfTheHour >= VerificationCode.maximumPerHour { return .wait(.seconds(3_600)) }
        let rest = VerificationCode.resendAfter - sinceLastCode
        return rest > .zero ? .wait(rest) : nil
    }
}
