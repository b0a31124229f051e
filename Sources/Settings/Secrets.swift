/// A text that must not be seen: it does not print, interpolate or encode.
package struct Secret: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// The secret itself, for the one place that needs it. Never log it or put it into an error.
    package var revealed: String { text }
    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What the hub must know and nobody else: from the environment, or from files that the settings name.
///
/// A variable wins over a file. A final line break is not part of a secret. Loaded once, before the loops start.
package struct Secrets: Equatable, Sendable {
    /// `DATABASE_URL`; nil runs the private PostgreSQL.
    package let databaseURL: Secret?
    /// `ALERT_HUB_JWT_SECRET` or `authentication.secretFile`; nil leaves only the development secret of demo mode.
    package let tokenSecret: Secret?
    /// `ALERT_HUB_ENCRYPTION_KEY` or `encryption.keyFile`.
    package let encryptionKey: Secret?
    /// `ALERT_HUB_S3_SECRET_KEY` or `intake.s3.secretAccessKeyFile`; nil where forms are kept in a directory.
    package let s3SecretKey: Secret?
    /// Those of the gateways that are enabled.
    package let gateways: GatewaySecrets

    /// The shortest secret that HS256 may use (RFC 7518, section 3.2).
    private static let shortestTokenSecretBytes = 32
    private static let longestSecretBytes = 16_384

    /// Blocks on the file system. Throws where a named file cannot be used or a needed secret is missing.
    package static func load(
        for settings: Settings, environment: [String: String]
    ) throws(SettingsError) -> Secrets {
        let token = try find("ALERT_HUB_JWT_SECRET", orFile: settings.authentication.secretFile, in: environment)
        if let token, token.revealed.utf8.count < shortestTokenSecretBytes {
            throw .secret(
                name: "ALERT_HUB_JWT_SECRET",
                reason: "the secret has \(token.revealed.utf8.count) bytes, HS256 needs \(shortestTokenSecretBytes)")
        }
        let s3 = settings.intake.s3
        let s3Secret: Secret? =
            s3.bucketURL.isEmpty
            ? nil : try find("ALERT_HUB_S3_SECRET_KEY", orFile: s3.secretAccessKeyFile, in: environment)
        guard s3.bucketURL.isEmpty || s3Secret != nil else {
            throw .secret(
                name: "ALERT_HUB_S3_SECRET_KEY",
                reason: "it is needed, because intake.s3.bucketURL is set; or set intake.s3.secretAccessKeyFile")
        }
        return Secrets(
            databaseURL: try find("DATABASE_URL", orFile: "", in: environment),
            tokenSecret: token,
            encryptionKey: try find("ALERT_HUB_ENCRYPTION_KEY", orFile: settings.encryption.keyFile, in: environment),
            s3SecretKey: s3Secret,
            gateways: try GatewaySecrets.load(for: settings.gateways, environment: environment))
    }

    /// A secret from the variable `name`, else from `file` where that is not empty; nil where neither is given.
    package static func find(
        _ name: String, orFile file: String, in environment: [String: String]
    ) throws(SettingsError) -> Secret? {
        if let value = environment[name], !value.isEmpty { return Secret(value) }
        guard !file.isEmpty else { return nil }
        var text = try FileReading.text(of: file, atMost: longestSecretBytes)
        while text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else { throw .unreadable(file: file, reason: "it is empty") }
        return Secret(text)
    }
}
