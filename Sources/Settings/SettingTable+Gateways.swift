extension SettingTable {
    static let gateways: [SettingKey] = twilio + telnyx + vonage + sns + fcm + webhook

    private static let twilio: [SettingKey] = [
        .boolean("gateways.twilio.enabled", \.gateways.twilio.enabled, "Whether texts leave through Twilio."),
        weight("twilio", \.gateways.twilio.weight),
        .text(
            "gateways.twilio.accountSid", \.gateways.twilio.accountSid, .optionalAccountSid,
            "The account; needed when enabled."),
        .text(
            "gateways.twilio.authTokenFile", \.gateways.twilio.authTokenFile, .optionalPath,
            "The file of the auth token. Empty: TWILIO_AUTH_TOKEN."),
        from("twilio", \.gateways.twilio.fromNumber),
        .text("gateways.twilio.baseURL", \.gateways.twilio.baseURL, .webURL, "Where the API is."),
        status("twilio", "Twilio reports", \.gateways.twilio.statusCallback),
        .text(
            "gateways.twilio.inboundCallback", \.gateways.twilio.inboundCallback, .optionalWebURL,
            "Where Twilio passes replies on, as it is set there for the number. Empty: publicURL and "
                + "/gateways/twilio/inbound."),
    ]

    private static let telnyx: [SettingKey] = [
        .boolean("gateways.telnyx.enabled", \.gateways.telnyx.enabled, "Whether texts leave through Telnyx."),
        weight("telnyx", \.gateways.telnyx.weight),
        .text(
            "gateways.telnyx.apiKeyFile", \.gateways.telnyx.apiKeyFile, .optionalPath,
            "The file of the API key. Empty: TELNYX_API_KEY."),
        .text(
            "gateways.telnyx.publicKey", \.gateways.telnyx.publicKey, .token(0...64),
            "The account's public key, base64 of 32 bytes: it signs every webhook. Needed when enabled."),
        from("telnyx", \.gateways.telnyx.fromNumber),
        .text("gateways.telnyx.baseURL", \.gateways.telnyx.baseURL, .webURL, "Where the API is."),
        status(
            "telnyx", "Telnyx reports; its profile's own webhook, for replies, is /gateways/telnyx/inbound",
            \.gateways.telnyx.statusCallback),
    ]

    private static let vonage: [SettingKey] = [
        .boolean("gateways.vonage.enabled", \.gateways.vonage.enabled, "Whether texts leave through Vonage."),
        weight("vonage", \.gateways.vonage.weight),
        .text(
            "gateways.vonage.account", \.gateways.vonage.account, .token(0...64),
            "The account's API key; or the application's id, where applicationKeyFile is given. Needed when enabled."),
        .text(
            "gateways.vonage.apiSecretFile", \.gateways.vonage.apiSecretFile, .optionalPath,
            "The file of the account's API secret. Empty: VONAGE_API_SECRET."),
        .text(
            "gateways.vonage.applicationKeyFile", \.gateways.vonage.applicationKeyFile, .optionalPath,
            "The file of the application's RSA key, PEM without a password: requests then bear a token signed with it "
                + "instead of the API secret."),
        .text(
            "gateways.vonage.signatureSecretFile", \.gateways.vonage.signatureSecretFile, .optionalPath,
            "The file of the secret that signs webhooks, 16 bytes or more. Empty: VONAGE_SIGNATURE_SECRET."),
        from("vonage", \.gateways.vonage.fromNumber),
        .text("gateways.vonage.baseURL", \.gateways.vonage.baseURL, .webURL, "Where the API is."),
        status(
            "vonage", "Vonage reports; the account's own webhook, for replies, is /gateways/vonage/inbound",
            \.gateways.vonage.statusCallback),
    ]

    private static let sns: [SettingKey] = [
        .boolean(
            "gateways.sns.enabled", \.gateways.sns.enabled,
            "Whether texts leave through Amazon SNS. It never says whether a text arrived."),
        weight("sns", \.gateways.sns.weight),
        .text("gateways.sns.region", \.gateways.sns.region, .token(1...32), "The region, such as us-east-1."),
        .text(
            "gateways.sns.accessKeyID", \.gateways.sns.accessKeyID, .token(0...128),
            "The id of the access key; needed when enabled."),
        .text(
            "gateways.sns.secretAccessKeyFile", \.gateways.sns.secretAccessKeyFile, .optionalPath,
            "The file of the secret access key. Empty: AWS_SECRET_ACCESS_KEY; AWS_SESSION_TOKEN is read beside it."),
        .text(
            "gateways.sns.fromNumber", \.gateways.sns.fromNumber, .optionalPhone,
            "The origination number. Empty: the account's own choice."),
        .text(
            "gateways.sns.baseURL", \.gateways.sns.baseURL, .optionalWebURL,
            "Where the API is. Empty: Amazon's own of the region."),
    ]

    private static let fcm: [SettingKey] = [
        .boolean(
            "gateways.fcm.enabled", \.gateways.fcm.enabled,
            "Whether push messages leave through Firebase Cloud Messaging."),
        weight("fcm", \.gateways.fcm.weight),
        .text(
            "gateways.fcm.serviceAccountFile", \.gateways.fcm.serviceAccountFile, .optionalPath,
            "The JSON file of the service account. Empty: the JSON in FCM_SERVICE_ACCOUNT."),
        .text("gateways.fcm.baseURL", \.gateways.fcm.baseURL, .webURL, "Where the API is."),
        status("fcm", "apps report", \.gateways.fcm.statusCallback),
    ]

    private static let webhook: [SettingKey] = [
        .boolean(
            "gateways.webhook.enabled", \.gateways.webhook.enabled,
            "Whether messages leave for people's own systems as signed requests (Standard Webhooks)."),
        weight("webhook", \.gateways.webhook.weight),
        .text(
            "gateways.webhook.secretFile", \.gateways.webhook.secretFile, .optionalPath,
            "The file of the secret, whsec_ and base64 of 24 to 64 bytes. Empty: ALERT_HUB_WEBHOOK_SECRET."),
        .boolean(
            "gateways.webhook.privatePeers", \.gateways.webhook.privatePeers,
            "Whether receivers may have addresses of this machine or of private networks."),
        status("webhook", "receivers report", \.gateways.webhook.statusCallback),
    ]

    private static func weight(_ name: String, _ place: SettingKey.Place<Int>) -> SettingKey {
        .integer(
            "gateways.\(name).weight", place, 1...100, "parts",
            "Its share of messages among the healthy gateways of its kind.")
    }

    private static func from(_ name: String, _ place: SettingKey.Place<String>) -> SettingKey {
        .text(
            "gateways.\(name).fromNumber", place, .optionalPhone, "The sending number; needed when enabled.")
    }

    private static func status(_ name: String, _ who: String, _ place: SettingKey.Place<String>) -> SettingKey {
        .text(
            "gateways.\(name).statusCallback", place, .optionalWebURL,
            "Where \(who). Empty: publicURL and /gateways/\(name)/status.")
    }
}
