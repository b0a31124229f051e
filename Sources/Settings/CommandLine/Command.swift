/// What `alert-hub` was asked to do, fully checked: the executable only has to do it.
package enum Command: Equatable, Sendable {
    case serve(ServeOptions)
    case migrate(MigrateOptions)
    case token(TokenOptions)
    case revoke(RevokeOptions)
    case auditVerify(AuditVerifyOptions)
    case admin(AdminOptions)
    case keys(KeysOptions)
    /// Print which role may do what.
    case rights
    case gateway(GatewayOptions)
    case drill(DrillOptions)
    /// Check a configuration file; nil is the usual one, else the defaults.
    case configCheck(file: String?)
    /// Print the commented default configuration.
    case configDefaults
    /// Print this text to standard output and exit with 0.
    case help(String)
    /// Print the version and exit with 0.
    case version
}

/// `alert-hub serve`: run the hub.
package struct ServeOptions: Equatable, Sendable {
    package var config: String?
    /// Overrides the key `listen`.
    package var listen: Endpoint?
    /// Overrides the key `dataDirectory`.
    package var data: String?
    /// Fixed clinics, users and tokens, a fast policy, and a local SMS gateway on the port after the hub's.
    package var demo = false
    /// Turns the key `diagnostics.echo` on.
    package var enableEcho = false
}

/// `alert-hub migrate`: bring the database's schema up to date.
package struct MigrateOptions: Equatable, Sendable {
    package var config: String?
    package var data: String?
    /// Report only; exit 1 where a migration is missing or was changed.
    package var checkOnly = false
}

/// `alert-hub token`: mint a development token.
package struct TokenOptions: Equatable, Sendable {
    package var config: String?
    package var data: String?
    /// `DOCTOR`, `ADMIN`, `ADMISSIONS`, `CORPORATE_ADMIN` or `AUDIT_READER`.
    package var role: String
    /// A UUID in lower case; nil is the demo clinic.
    package var clinic: String?
    /// A UUID in lower case; nil is that role's demo user.
    package var user: String?
    /// How long the token is valid, 1 second to 366 days.
    package var timeToLiveSeconds = 3_600
}

/// `alert-hub token revoke`: shut a token out, or all that a user was given so far.
package struct RevokeOptions: Equatable, Sendable {
    /// Which tokens.
    package enum Subject: Equatable, Sendable {
        /// The one with this `jti`.
        case token(String)
        /// A UUID in lower case.
        case user(String)
    }

    package var config: String?
    package var data: String?
    package var subject: Subject
    /// A UUID in lower case; nil is the demo clinic.
    package var clinic: String?
}

/// `alert-hub audit verify`: prove the chains of the audit.
package struct AuditVerifyOptions: Equatable, Sendable {
    package var config: String?
    package var data: String?
    /// A UUID in lower case; nil is every clinic.
    package var clinic: String?
}

/// `alert-hub admin …`: clinics and staff.
package struct AdminOptions: Equatable, Sendable {
    /// What is to be done. Ids are UUIDs in lower case.
    package enum Task: Equatable, Sendable {
        case listClinics
        case addClinic(name: String, country: String, zone: String)
        case listUsers(clinic: String)
        case addUser(NewUser)
        case dismissUser(String)
        case setSquare(SquareAccount)
        case removeSquare(clinic: String)
    }

    /// Where a clinic's orders are read at Square.
    package struct SquareAccount: Equatable, Sendable {
        package var clinic: String
        /// 1 to 10.
        package var locations: [String]
        /// nil looks at `SQUARE_ACCESS_TOKEN`.
        package var tokenFile: String?
    }

    /// Somebody who is to be hired.
    package struct NewUser: Equatable, Sendable {
        package var clinic: String
        package var authID: String
        package var role: String
        package var name: String
        /// E.164.
        package var phone: String?
    }

    package var config: String?
    package var data: String?
    package var task: Task
}

/// `alert-hub keys …`: the keys of patient data.
package struct KeysOptions: Equatable, Sendable {
    package enum Task: Equatable, Sendable {
        /// Put the data directory's key aside and make another.
        case new
        /// Seal everything under the current key.
        case rotate
    }

    package var config: String?
    package var data: String?
    package var task: Task
}

/// `alert-hub gateway`: a local gateway that speaks the vendors' APIs.
package struct GatewayOptions: Equatable, Sendable {
    package var listen = Endpoint(host: "127.0.0.1", port: 8081)
    /// nil takes any account.
    package var accountSid: String?
    /// nil looks at `TWILIO_AUTH_TOKEN`.
    package var authTokenFile: String?
    /// A line of JSON for each message is appended to it.
    package var logFile: String?
    /// How it is to fail.
    package var faultsFile: String?
}

/// `alert-hub drill`: raise a drill alert on a running hub and watch it through.
package struct DrillOptions: Equatable, Sendable {
    package var config: String?
    package var data: String?
    package var url = "http://127.0.0.1:8080"
    /// From `--token`; visible to other users of the machine, so a file or `ALERT_HUB_TOKEN` is better.
    package var token: Secret?
    /// nil looks at `ALERT_HUB_TOKEN`, then mints a token with the development secret.
    package var tokenFile: String?
}
