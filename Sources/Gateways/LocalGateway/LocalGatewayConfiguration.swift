/// How the local gateway runs. It does not print, for it holds a token.
package struct LocalGatewayConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// The one account that is let in; nil lets any in.
    package var accountSid: String?
    /// The password of requests, and the key of callbacks' signatures.
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

    package var description: String { "LocalGatewayConfiguration(\(accountSid ?? "any account"))" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
