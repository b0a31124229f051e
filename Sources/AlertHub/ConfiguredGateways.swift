import Clinic
import Cryptography
import Gateways
import Platform
import Settings

/// The gateways that the settings enable, each registered once: a new one is a line here.
struct ConfiguredGateways {
    private let settings: Settings.Gateways
    private let secrets: GatewaySecrets
    /// Where the world reaches the hub.
    private let publicURL: String

    /// - Throws: what is wrong with a gateway's settings or secrets, by the key's name.
    static func table(_ installation: Installation, scheme: String) throws(StartError) -> GatewayTable {
        let settings = installation.settings
        let publicURL = settings.publicURL.isEmpty ? "\(scheme)://\(settings.listen)" : settings.publicURL
        let configured = ConfiguredGateways(
            settings: settings.gateways, secrets: installation.secrets.gateways, publicURL: publicURL)
        var table = GatewayTable()
        let gateways = settings.gateways
        if gateways.twilio.enabled, let token = installation.demoGatewayToken ?? configured.secrets.twilioAuthToken {
            table.register(try configured.twilio(token), weight: gateways.twilio.weight)
        }
        if gateways.telnyx.enabled { table.register(try configured.telnyx(), weight: gateways.telnyx.weight) }
        if gateways.vonage.enabled { table.register(try configured.vonage(), weight: gateways.vonage.weight) }
        if gateways.sns.enabled { table.register(try configured.sns(), weight: gateways.sns.weight) }
        if gateways.fcm.enabled { table.register(try configured.fcm(), weight: gateways.fcm.weight) }
        if gateways.webhook.enabled { table.register(try configured.webhook(), weight: gateways.webhook.weight) }
        if table.isEmpty { Log.warning("no gateway is configured: nobody will be texted") }
        return table
    }

    private func twilio(_ token: Secret) throws(StartError) -> TwilioGateway {
        let own = settings.twilio
        return TwilioGateway(
            TwilioConfiguration(
                accountSid: own.accountSid, authToken: token.revealed,
                sender: .number(try phone(own.fromNumber, of: "twilio")), baseURL: own.baseURL,
                statusCallback: callback(own.statusCallback, "twilio"),
                inboundCallback: callback(own.inboundCallback, "twilio", path: "inbound")))
    }

    private func telnyx() throws(StartError) -> TelnyxGateway {
        let own = settings.telnyx
        guard let key = Base64.decode(own.publicKey).flatMap({ PublicKey(ed25519: $0) }) else {
            throw StartError("gateways.telnyx.publicKey must be base64 of 32 bytes")
        }
        return TelnyxGateway(
            TelnyxConfiguration(
                apiKey: secrets.telnyxKey?.revealed ?? "", publicKey: key,
                from: try phone(own.fromNumber, of: "telnyx"), baseURL: own.baseURL,
                statusCallback: callback(own.statusCallback, "telnyx")))
    }

    private func vonage() throws(StartError) -> VonageGateway {
        let own = settings.vonage
        guard let secret = secrets.vonageSignatureSecret,
            let signatureSecret = try? HS256Key(ofPeer: Array(secret.revealed.utf8))
        else { throw StartError("VONAGE_SIGNATURE_SECRET must have 16 bytes or more") }
        var credentials = VonageConfiguration.Credentials.basic(
            key: own.account, secret: secrets.vonageSecret?.revealed ?? "")
        if let pem = secrets.vonageApplicationKey {
            guard let key = PrivateKey(pem: Array(pem.revealed.utf8)), key.kind == .rs256 else {
                throw StartError("gateways.vonage.applicationKeyFile must hold an RSA key of 2048 bits or more, as PEM")
            }
            credentials = .application(id: own.account, key: key)
        }
        return VonageGateway(
            VonageConfiguration(
                credentials: credentials, signatureSecret: signatureSecret,
                from: String(try phone(own.fromNumber, of: "vonage").e164.dropFirst()), baseURL: own.baseURL,
                statusCallback: callback(own.statusCallback, "vonage")))
    }

    private func sns() throws(StartError) -> SNSGateway {
        let own = settings.sns
        return SNSGateway(
            SNSConfiguration(
                region: own.region, accessKeyID: own.accessKeyID,
                secretAccessKey: secrets.awsSecretKey?.revealed ?? "",
                sessionToken: secrets.awsSessionToken?.revealed,
                originationNumber: own.fromNumber.isEmpty ? nil : try phone(own.fromNumber, of: "sns").e164,
                baseURL: own.baseURL.isEmpty ? nil : own.baseURL))
    }

    private func fcm() throws(StartError) -> FCMGateway {
        guard let account = secrets.fcmServiceAccount.flatMap({ ServiceAccount(json: Array($0.revealed.utf8)) }) else {
            throw StartError(
                "gateways.fcm.serviceAccountFile must be the JSON of a service account with an RSA key of 2048 bits")
        }
        return FCMGateway(
            FCMGateway.Configuration(
                account: account, baseURL: settings.fcm.baseURL,
                statusCallback: callback(settings.fcm.statusCallback, "fcm")))
    }

    private func webhook() throws(StartError) -> WebhookGateway {
        guard let secret = secrets.webhookSecret.flatMap({ WebhookSecret($0.revealed) }) else {
            throw StartError("ALERT_HUB_WEBHOOK_SECRET must be whsec_ and base64 of 24 to 64 bytes")
        }
        return WebhookGateway(
            WebhookGateway.Configuration(
                secret: secret, statusCallback: callback(settings.webhook.statusCallback, "webhook"),
                admitsPrivatePeers: settings.webhook.privatePeers))
    }

    private func callback(_ configured: String, _ name: String, path: String = "status") -> String {
        configured.isEmpty ? "\(publicURL)/gateways/\(name)/\(path)" : configured
    }

    private func phone(_ text: String, of name: String) throws(StartError) -> PhoneNumber {
        guard let number = PhoneNumber(text) else {
            throw StartError("gateways.\(name).fromNumber must be a number such as +15005550006")
        }
        return number
    }
}
