import Cryptography

/// How the local gateway runs. It does not print, for it holds a token.
package struct LocalGatewayConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// The one account that is let in; nil lets any in.
    package var accountSid: String?
    /// The password of requests in every dialect, and what the keys of all callbacks' signatures are made of.
    package var authToken: String
    /// From taking a text to its first callback.
    package var firstCallbackAfter = Duration.milliseconds(150)
    /// From taking a text to its second callback.
    package var secondCallbackAfter = Duration.milliseconds(400)
    /// What late callbacks come later.
    package var lateBy = Duration.seconds(10)
    /// How long a request that gets no answer is held; then it is answered 504.
    package var silence = Duration.seconds(120)
    /// The wait before a callback that was not answered 2xx is posted once more.
    package var retryAfter = Duration.milliseconds(500)
    /// The longest wait for the answer to a callback.
    package var callbackDeadline = Duration.seconds(5)
    /// Texts that the log keeps; the oldest go first.
    package var maximumLogEntries = 10_000
    /// Callbacks that wait or are under way; one more is dropped and counted.
    package var maximumPendingCallbacks = 10_000
    /// Requests held without an answer; one more is answered 503 at once.
    package var maximumSilent = 100

    package init(accountSid: String? = nil, authToken: String) {
        self.accountSid = accountSid
        self.authToken = authToken
    }

    /// What signs Telnyx' webhooks.
    var telnyxKey: PrivateKey? { PrivateKey(ed25519Seed: SHA256.hash(Array("telnyx:\(authToken)".utf8))) }

    /// What the hub is to be told as Telnyx' public key: base64.
    package var telnyxPublicKey: String { Base64.encode(telnyxKey?.publicKey.ed25519Bytes ?? []) }

    /// What the hub is to be told as the webhooks' secret.
    package var webhookSecretText: String {
        "whsec_" + Base64.encode(SHA256.hash(Array("webhook:\(authToken)".utf8)))
    }

    var webhookSecret: WebhookSecret? { WebhookSecret(webhookSecretText) }

    package var description: String { "LocalGatewayConfiguration(\(accountSid ?? "any account"))" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
