/// Tells a key that would hold a secret from one that is only misspelt.
enum SecretName {
    private static let places = [
        "database.url": "set DATABASE_URL in the environment",
        "database.password": "set DATABASE_URL in the environment",
        "authentication.secret": "set ALERT_HUB_JWT_SECRET in the environment, or authentication.secretFile",
        "encryption.key": "set ALERT_HUB_ENCRYPTION_KEY in the environment, or encryption.keyFile",
        "gateways.twilio.authToken": "set TWILIO_AUTH_TOKEN in the environment, or gateways.twilio.authTokenFile",
        "gateways.telnyx.apiKey": "set TELNYX_API_KEY in the environment, or gateways.telnyx.apiKeyFile",
        "gateways.vonage.apiSecret": "set VONAGE_API_SECRET in the environment, or gateways.vonage.apiSecretFile",
        "gateways.vonage.signatureSecret":
            "set VONAGE_SIGNATURE_SECRET in the environment, or gateways.vonage.signatureSecretFile",
        "gateways.sns.secretAccessKey":
            "set AWS_SECRET_ACCESS_KEY in the environment, or gateways.sns.secretAccessKeyFile",
        "intake.s3.secretAccessKey": "set ALERT_HUB_S3_SECRET_KEY in the environment, or intake.s3.secretAccessKeyFile",
        "gateways.webhook.secret": "set ALERT_HUB_WEBHOOK_SECRET in the environment, or gateways.webhook.secretFile",
    ]
    private static let words = ["secret", "password", "passphrase", "token", "apikey", "privatekey", "credential"]

    /// Where the secret at `path` belongs; nil where the path does not sound like a secret.
    static func place(ofSecretAt path: String) -> String? {
        if let place = places.first(where: { $0.key.lowercased() == path.lowercased() }) { return place.value }
        let name = (path.split(separator: ".").last ?? "").lowercased()
        guard !name.hasSuffix("file"), words.contains(where: name.contains) else { return nil }
        return "secrets come from the environment or from a file"
    }
}

extension SettingTable {
    /// Keys that `path` might have meant: by the whole path, or by the last name in any section.
    static func nearest(to path: String) -> [String] {
        let whole = Nearest.candidates(to: path, among: keys.map(\.path))
        guard whole.isEmpty else { return whole }
        let name = path.split(separator: ".").last.map(String.init) ?? path
        let last = Nearest.candidates(
            to: name, among: keys.map { $0.path.split(separator: ".").last.map(String.init) ?? "" })
        return keys.map(\.path).filter { key in last.contains { key == $0 || key.hasSuffix("." + $0) } }
    }
}
