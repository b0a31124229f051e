/// On whose behalf a transaction runs: what the row level security policies read. Set locally, gone with the commit.
///
/// It becomes `app.current_clinic_id`, `app.current_role` and `app.current_user_id`; an absent value is the empty string.
package struct SessionContext: Hashable, Sendable {
    package var clinicID: String
    package var role: String
    package var userID: String

    package init(clinicID: String?, role: String, userID: String? = nil) {
        self.clinicID = clinicID ?? ""
        self.role = role
        self.userID = userID ?? ""
    }

    /// The engine's own work across clinics: admitted only by the policies of the tables that it claims from.
    package static let engine = SessionContext(clinicID: nil, role: "ENGINE")

    static let statement = Statement(
        "hub_session_context",
        """
        SELECT set_config('app.current_clinic_id', $1, true), set_config('app.current_role', $2, true), \
        set_config('app.current_user_id', $3, true)
        """)

    /// Enters the context; for a transaction that works in several, one after another.
    package var call: Call { Self.statement(.text(clinicID), .text(role), .text(userID)) }
}
