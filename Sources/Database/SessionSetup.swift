/// The settings that every session is given, before its first batch.
///
/// `jit` is off: PostgreSQL compiles a plan anew each time it is run, for what it guesses to cost much, and with 100,000
/// armed timers it guesses so of a claim that takes a fifth of a millisecond.
enum SessionSetup {
    private static let statement = Statement(
        "hub_session_setup",
        """
        SELECT set_config('statement_timeout', $1, false),
               set_config('idle_in_transaction_session_timeout', $2, false),
               set_config('client_connection_check_interval', '2s', false),
               set_config('jit', 'off', false),
               set_config('TimeZone', 'UTC', false),
               set_config('DateStyle', 'ISO, YMD', false),
               set_config('bytea_output', 'hex', false),
               set_config('standard_conforming_strings', 'on', false),
               CASE WHEN $3::text IS NOT NULL THEN set_config('role', $3, false) END
        """)

    static func call(_ settings: ConnectionSettings) -> Call {
        statement(
            .text(milliseconds(settings.statementTimeout)), .text(milliseconds(settings.idleInTransactionTimeout)),
            .text(settings.role))
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return "\(min(max(seconds, 0), 2_000_000) * 1000 + attoseconds / 1_000_000_000_000_000)ms"
    }
}
