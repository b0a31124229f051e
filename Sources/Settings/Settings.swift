/// Everything an operator may choose, read and checked once, at start.
///
/// `Settings()` is the default of every key; `SettingTable` holds the range, unit and meaning of each, and
/// `Config/hub.json5` is that table as a commented file. Property names are the key names of the file, so a
/// unit stands in the name in both. Secrets are not here: see `Secrets`. A value: any thread may read it.
package struct Settings: Equatable, Sendable {
    /// Where the hub listens; port 0 takes any free one.
    package var listen = Endpoint(host: "127.0.0.1", port: 8080)
    /// Where the private PostgreSQL and the development secrets live.
    package var dataDirectory = "./var"
    /// Event loops; 0 is one a core.
    package var loops = 0
    /// The address under which the world reaches the hub, without a trailing slash; empty is `http://`, or `https://` with
    /// TLS, + `listen`.
    package var publicURL = ""
    /// Origins whose pages may open a WebSocket; empty admits the public URL's own origin alone.
    package var allowedOrigins: [String] = []
    /// The name that opens every text message.
    package var brand = "AlertHub"
    package var tls = TLS()
    package var limits = Limits()
    package var transport = Transport()
    package var heartbeat = Heartbeat()
    package var webSocket = WebSocket()
    package var replay = Replay()
    package var authentication = Authentication()
    package var encryption = Encryption()
    package var retention = Retention()
    package var database = Database()
    package var escalation = Escalation()
    package var dispatcher = Dispatcher()
    package var gateways = Gateways()
    package var intake = Intake()
    package var square = Square()
    package var drain = Drain()
    package var log = Log()
    package var diagnostics = Diagnostics()

    package init() {}
}

extension Settings {
    /// How the hub proves who it is, and keeps what is said between it and its peers.
    package struct TLS: Equatable, Sendable {
        /// Speaks HTTPS and WSS where it listens, and nothing else.
        package var enabled = false
        /// The first is for whoever names no host, or an unknown one.
        package var certificateFiles: [CertificateFiles] = []
        /// The oldest version that is spoken.
        package var minimumVersion = Version.tls12
        /// How long browsers are told to come by TLS alone (RFC 6797); 0 tells them nothing.
        package var strictTransportSeconds = 31_536_000

        /// The files of one certificate, in PEM form.
        package struct CertificateFiles: Equatable, Sendable {
            /// The certificate, then those between it and the root.
            package var certificate: String
            /// Its private key, without a password.
            package var key: String

            package init(certificate: String, key: String) {
                self.certificate = certificate
                self.key = key
            }
        }

        /// A version of TLS.
        package enum Version: String, CaseIterable, Sendable {
            case tls12 = "1.2"
            case tls13 = "1.3"
        }
    }

    /// What a peer may take before the hub refuses it.
    package struct Limits: Equatable, Sendable {
        /// From accept to the end of the TLS handshake and the first request head.
        package var handshakeSeconds = 5
        /// The whole request head.
        package var headerBytes = 8_192
        /// Header fields of one request.
        package var headerFields = 64
        /// The body of one REST request.
        package var bodyBytes = 65_536
        /// A WebSocket message before the token was accepted.
        package var preAuthenticationMessageBytes = 4_096
        /// A WebSocket message, fragments together, inflated.
        package var messageBytes = 65_536
        /// Frames of one WebSocket message.
        package var fragments = 64
        /// Open connections of the process.
        package var connections = 18_000
        /// Open connections from one address: a hospital's screens may all have one.
        package var connectionsPerAddress = 6_000
        /// Open connections whose peer has not shown a valid token, of the process.
        package var unauthenticatedConnections = 6_000
        /// The same from one address.
        package var unauthenticatedConnectionsPerAddress = 3_000
        /// Connections that one address may open each second, ten seconds' worth at once.
        package var handshakesPerSecondPerAddress = 500
        /// WebSocket messages and requests of one address each second, ten seconds' worth at once.
        package var messagesPerSecondPerAddress = 10_000
        /// Open WebSockets of one user.
        package var connectionsPerUser = 2_000
        package var handshakesPerSecondPerUser = 200
        package var messagesPerSecondPerUser = 2_000
        /// Open WebSockets of one clinic.
        package var connectionsPerClinic = 6_000
        package var handshakesPerSecondPerClinic = 500
        package var messagesPerSecondPerClinic = 5_000
        /// Bytes queued for one slow socket before it is closed with 3008.
        package var queuedBytesPerConnection = 1_048_576
        /// Channels that one socket may subscribe.
        package var channelsPerConnection = 64
    }

    /// How bytes reach the kernel.
    package struct Transport: Equatable, Sendable {
        /// Whether an event for many screens is handed to the kernel by io_uring.
        package var ioUring = IOUring.auto

        /// When io_uring is used.
        package enum IOUring: String, CaseIterable, Sendable {
            /// Where a trial at start shows that the kernel has it and allows it.
            case auto
            case off
        }
    }

    /// How a dead peer is found out.
    package struct Heartbeat: Equatable, Sendable {
        /// From one heartbeat to the next.
        package var intervalSeconds = 15
        /// From a ping to its pong; then the socket is closed with 3012.
        package var pongDeadlineSeconds = 10
    }

    /// How the WebSocket speaks.
    package struct WebSocket: Equatable, Sendable {
        /// permessage-deflate for clients that offer it and bring their token with the handshake.
        ///
        /// Off: over TLS the length of a compressed message tells whoever can have his own text put beside a patient's
        /// name, and sees the packets, how much of it is the same (CRIME, BREACH).
        package var compression = false
    }

    /// What is kept in memory for subscribers that come back.
    package struct Replay: Equatable, Sendable {
        /// Events a clinic; older ones are read from PostgreSQL.
        package var eventsPerClinic = 1_024
    }

    /// Whose tokens are believed.
    package struct Authentication: Equatable, Sendable {
        /// The `iss` that a token must carry.
        package var issuer = "alert-hub"
        /// The `aud` that a token must carry.
        package var audience = "alert-hub"
        /// The signature algorithms that are accepted.
        package var algorithms = [Algorithm.hs256]
        /// Where the issuer publishes its keys (RFC 7517); empty where a file holds them, or HS256 alone is accepted.
        package var keySetURL = ""
        /// The file of the issuer's key set, read at start.
        package var keySetFile = ""
        /// From one fetch of the key set to the next.
        package var keySetRefreshSeconds = 300
        /// A token with an unknown key has the set fetched at most once in this time.
        package var keySetMinimumIntervalSeconds = 10
        /// While fetches fail the known keys hold for so long.
        package var keySetMaximumAgeSeconds = 86_400
        /// What the issuer calls the claims.
        package var clinicClaim = "clinic_id"
        package var userClaim = "user_id"
        package var roleClaim = "role"
        /// The page's client id at the issuer; empty: people bring a token.
        package var signInClient = ""
        package var authorizationURL = ""
        package var tokenURL = ""
        package var signInScope = "openid profile offline_access"
        /// The file of the HS256 secret; empty looks at `ALERT_HUB_JWT_SECRET` alone.
        package var secretFile = ""
        /// How far two clocks may be apart.
        package var leewaySeconds = 30
        /// From the upgrade to an accepted token; then the socket is closed with 3502.
        package var deadlineSeconds = 5

        /// A signature algorithm of RFC 7518 and RFC 8037.
        package enum Algorithm: String, CaseIterable, Sendable {
            case hs256 = "HS256"
            case rs256 = "RS256"
            case es256 = "ES256"
            case ed25519 = "EdDSA"
        }
    }

    /// What seals the columns that hold patient data.
    package struct Encryption: Equatable, Sendable {
        /// The file of the AES-256 key; empty looks at `ALERT_HUB_ENCRYPTION_KEY` alone.
        package var keyFile = ""
        /// Files of keys that only open what they sealed.
        package var retiredKeyFiles: [String] = []
        /// A program and its arguments that prints the keys; empty runs none.
        package var keyCommand: [String] = []
    }

    /// How long what is kept must be kept.
    package struct Retention: Equatable, Sendable {
        /// From a patient's discharge to the day on which the patient may be erased; HIPAA asks for six years of documentation.
        package var patientDays = 2_190
        /// From an alert's end to its removal, with its story and its messages.
        package var alertDays = 2_190
        /// How far back a screen may resume.
        package var eventDays = 90
        /// From a form's approval or rejection to the removal of its scan.
        package var formDays = 365
        /// From a job's end to its removal.
        package var jobDays = 7
        /// A file that no form names by then is removed.
        package var strayFileSeconds = 21_600
        /// From one look for what is old to the next.
        package var intervalSeconds = 3_600
    }

    /// How PostgreSQL is used. Its address comes from `DATABASE_URL`, because it holds a password.
    package struct Database: Equatable, Sendable {
        /// Connections of each loop's pool.
        package var connectionsPerLoop = 4
        /// After this PostgreSQL cancels a statement.
        package var statementTimeoutSeconds = 5
        /// A request that waited this long for a connection is answered 503.
        package var acquireDeadlineSeconds = 2
    }

    /// How escalation timers are found. The policies are data of the clinics, not configuration.
    package struct Escalation: Equatable, Sendable {
        /// The safety net under the in-memory schedule.
        package var pollSeconds = 1
        /// Due timers taken in one transaction.
        package var claimBatch = 500
    }

    /// How messages leave.
    package struct Dispatcher: Equatable, Sendable {
        /// A claimed message that was not settled in this time may be claimed by another node.
        package var leaseSeconds = 30
        /// Attempts before a message is a dead letter.
        package var attempts = 5
        /// The wait before each further attempt, jittered; the last one repeats.
        package var backoffSeconds = [1, 5, 15, 60]
        /// The longest that one call to a gateway may take.
        package var callDeadlineSeconds = 10
        /// How many messages one number gets within the window at the same place; CRITICAL ones apart. Empty has no limit.
        package var numberLimitCounts = [1, 8, 30]
        /// The windows of `numberLimitCounts`.
        package var numberLimitWindowSeconds = [15, 900, 10_800]
    }

    /// How the hub stops.
    package struct Drain: Equatable, Sendable {
        /// What is in flight has this long to finish; then connections are cut.
        package var deadlineSeconds = 10
        /// Screens that are told to come back in each second after a restart.
        package var reconnectsPerSecond = 1_000
    }

    /// What is written to standard error.
    package struct Log: Equatable, Sendable {
        /// The least important level that is written.
        package var level = Level.info

        /// The levels, least important first.
        package enum Level: String, CaseIterable, Sendable {
            case debug, info, notice, warning, error
        }
    }

    /// What serves measurements and conformance tests, never a clinic.
    package struct Diagnostics: Equatable, Sendable {
        /// `/echo` returns every WebSocket message.
        package var echo = false
    }
}
