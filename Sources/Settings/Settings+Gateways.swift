extension Settings {
    /// Who brings messages to people.
    package struct Gateways: Equatable, Sendable {
        package var twilio = Twilio()
        package var telnyx = Telnyx()
        package var vonage = Vonage()
        package var sns = SNS()
        package var fcm = FCM()
        package var webhook = Webhook()

        /// SMS by Twilio.
        package struct Twilio: Equatable, Sendable {
            package var enabled = false
            /// The share of texts among healthy gateways.
            package var weight = 50
            /// `AC` and 32 hexadecimal digits.
            package var accountSid = ""
            /// The file of the auth token; empty looks at `TWILIO_AUTH_TOKEN` alone.
            package var authTokenFile = ""
            package var fromNumber = ""
            package var baseURL = "https://api.twilio.com"
            /// Empty is made from the public URL.
            package var statusCallback = ""
            /// Empty is made from the public URL.
            package var inboundCallback = ""
        }

        /// SMS by Telnyx.
        package struct Telnyx: Equatable, Sendable {
            package var enabled = false
            package var weight = 50
            /// The file of the API key; empty looks at `TELNYX_API_KEY` alone.
            package var apiKeyFile = ""
            /// The key that signs webhooks, base64 of 32 bytes.
            package var publicKey = ""
            package var fromNumber = ""
            package var baseURL = "https://api.telnyx.com"
            package var statusCallback = ""
        }

        /// SMS by Vonage.
        package struct Vonage: Equatable, Sendable {
            package var enabled = false
            package var weight = 50
            /// The account's public key, the user of requests; or the application, where `applicationKeyFile` is given.
            package var account = ""
            /// The file of the account's secret; empty looks at `VONAGE_API_SECRET` alone.
            package var apiSecretFile = ""
            /// The file of the application's RSA key in PEM form; with it requests bear a token of their own.
            package var applicationKeyFile = ""
            /// The file of the secret that signs webhooks; empty looks at `VONAGE_SIGNATURE_SECRET` alone.
            package var signatureSecretFile = ""
            package var fromNumber = ""
            package var baseURL = "https://api.nexmo.com"
            package var statusCallback = ""
        }

        /// SMS by Amazon SNS.
        package struct SNS: Equatable, Sendable {
            package var enabled = false
            package var weight = 50
            package var region = "us-east-1"
            package var accessKeyID = ""
            /// The file of the secret access key; empty looks at `AWS_SECRET_ACCESS_KEY` alone.
            package var secretAccessKeyFile = ""
            package var fromNumber = ""
            /// Empty is Amazon's own of the region.
            package var baseURL = ""
        }

        /// Push messages by Firebase Cloud Messaging.
        package struct FCM: Equatable, Sendable {
            package var enabled = false
            package var weight = 50
            /// The JSON file that Google gives out; empty looks at `FCM_SERVICE_ACCOUNT` alone.
            package var serviceAccountFile = ""
            package var baseURL = "https://fcm.googleapis.com"
            package var statusCallback = ""
        }

        /// Signed requests to people's own systems.
        package struct Webhook: Equatable, Sendable {
            package var enabled = false
            package var weight = 50
            /// The file of the secret; empty looks at `ALERT_HUB_WEBHOOK_SECRET` alone.
            package var secretFile = ""
            /// Whether receivers may live in private networks.
            package var privatePeers = false
            package var statusCallback = ""
        }
    }
}
