/// How to connect to a private cluster.
package struct ClusterAccess: Sendable {
    /// The logins of a private cluster.
    package enum Login: String, Sendable {
        /// Owns the database and its tables: for migrations and demo data.
        case owner = "alert_hub_owner"
        /// Owns nothing and is bound by row level security: for the hub's work.
        case hub = "alert_hub"
        /// PostgreSQL's superuser: to set the cluster up, and for tests.
        case superuser = "postgres"
    }

    package let socketDirectory: String

    /// The connection settings of a login, with the defaults for everything else.
    package func settings(_ login: Login, database: String = "alert_hub") -> ConnectionSettings {
        ConnectionSettings(
            url: "host=\(quoted(socketDirectory)) port=5432 user=\(login.rawValue) dbname=\(quoted(database))")
    }

    private func quoted(_ value: String) -> String {
        var text = "'"
        for character in value {
            if character == "'" || character == "\\" { text += "\\" }
            text.append(character)
        }
        return text + "'"
    }
}
