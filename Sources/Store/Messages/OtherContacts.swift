import Clinic
import Database

/// The other messages of one page to one person: while one of them may still arrive, the person is not given up.
enum OtherContacts {
    private static let hasten = Statement(
        "hasten_next_contact",
        """
        UPDATE messages SET not_before = clock_timestamp()
        WHERE clinic_id = $1 AND id = (
            SELECT id FROM messages
            WHERE clinic_id = $1 AND alert_id = $2 AND user_id = $3 AND generation = $4 AND state = 'QUEUED'
                AND id <> $5
            ORDER BY not_before LIMIT 1)
            AND not_before > clock_timestamp()
        """)

    private static let hopeful = Statement(
        "other_contacts_hopeful",
        """
        SELECT EXISTS (
            SELECT FROM messages
            WHERE clinic_id = $1 AND alert_id = $2 AND user_id = $3 AND generation = $4 AND id <> $5
                AND state IN ('QUEUED', 'SUBMITTING', 'SUBMITTED', 'DELIVERED', 'BUNDLED')) AS is_hopeful
        """)

    /// After a message died: the person's next contact is tried now, not at its time; and whether there is one, to be read
    /// by `isHopeful` from the last of the results.
    static func calls(
        besides message: MessageID, to user: UserID, about alert: AlertID, generation: Int64, in clinic: ClinicID
    ) -> [Call] {
        [hasten, hopeful].map {
            $0(.id(clinic), .id(alert), .id(user), .integer(generation), .id(message))
        }
    }

    static func isHopeful(_ rows: Rows) throws(StoreError) -> Bool {
        try reading { () throws(DatabaseError) in try rows.first?.bool("is_hopeful") ?? false }
    }
}
