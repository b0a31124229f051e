/// The secrets of the gateways; none is nil where its gateway is enabled.
package struct GatewaySecrets: Equatable, Sendable {
    /// `TWILIO_AUTH_TOKEN` or `gateways.twilio.authTokenFile`.
    package let twilioAuthToken: Secret?
    /// `TELNYX_API_KEY` or `gateways.telnyx.apiKeyFile`.
    package let telnyxKey: Secret?
    /// `VONAGE_API_SECRET` or `gateways.vonage.apiSecretFile`; nil where the application's key serves instead.
    package let vonageSecret: Secret?
    /// The PEM of `gateways.vonage.applicationKeyFile`; nil where none is named.
    package let vonageApplicationKey: Secret?
    /// `VONAGE_SIGNATURE_SECRET` or `gateways.vonage.signatureSecretFile`.
    package let vonageSignatureSecret: Secret?
    /// `AWS_SECRET_ACCESS_KEY` or `gateways.sns.secretAccessKeyFile`.
    package let awsSecretKey: Secret?
    /// `AWS_SESSION_TOKEN`; nil with permanent credentials.
    package let awsSessionToken: Secret?
    /// `FCM_SERVICE_ACCOUNT` or `gateways.fcm.serviceAccountFile`, as JSON.
    package let fcmServiceAccount: Secret?
    /// `ALERT_HUB_WEBHOOK_SECRET` or `gateways.webhook.secretFile`.
    package let webhookSecret: Secret?

    /// Blocks on the file system. Throws where a named file cannot be used or an enabled gateway lacks its secret.
    static func load(
        for settings: Settings.Gateways, environment: [String: String]
    ) throws(SettingsError) -> GatewaySecrets {
        func find(
            _ name: String, _ file: String, neededBy gateway: String, _ key: String, _ isNeeded: Bool
        ) throws(SettingsError) -> Secret? {
            let secret = try Secrets.find(name, orFile: file, in: environment)
            if isNeeded, secret == nil {
                throw .secret(
                    name: name,
                    reason: "gateways.\(gateway).enabled needs it in the environment, or gateways.\(gateway).\(key)")
            }
            return secret
        }
        let (twilio, telnyx, vonage) = (settings.twilio, settings.telnyx, settings.vonage)
        let hasApplication = !vonage.applicationKeyFile.isEmpty
        return GatewaySecrets(
            twilioAuthToken: try find(
                "TWILIO_AUTH_TOKEN", twilio.authTokenFile, neededBy: "twilio", "authTokenFile", twilio.enabled),
            telnyxKey: try find(
                "TELNYX_API_KEY", telnyx.apiKeyFile, neededBy: "telnyx", "apiKeyFile", telnyx.enabled),
            vonageSecret: try find(
                "VONAGE_API_SECRET", vonage.apiSecretFile, neededBy: "vonage", "apiSecretFile",
                vonage.enabled && !hasApplication),
            vonageApplicationKey: try Secrets.find("", orFile: vonage.applicationKeyFile, in: [:]),
            vonageSignatureSecret: try find(
                "VONAGE_SIGNATURE_SECRET", vonage.signatureSecretFile, neededBy: "vonage", "signatureSecretFile",
                vonage.enabled),
            awsSecretKey: try find(
                "AWS_SECRET_ACCESS_KEY", settings.sns.secretAccessKeyFile, neededBy: "sns", "secretAccessKeyFile",
                settings.sns.enabled),
            awsSessionToken: try Secrets.find("AWS_SESSION_TOKEN", orFile: "", in: environment),
            fcmServiceAccount: try find(
                "FCM_SERVICE_ACCOUNT", settings.fcm.serviceAccountFile, neededBy: "fcm", "serviceAccountFile",
                settings.fcm.enabled),
            webhookSecret: try find(
                "ALERT_HUB_WEBHOOK_SECRET", settings.webhook.secretFile, neededBy: "webhook", "secretFile",
                settings.webhook.enabled))
    }
}
