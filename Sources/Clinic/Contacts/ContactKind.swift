/// A way to reach a person outside of the hub's own screens; the values of `messages.channel` and of
/// `contact_methods.kind`.
package enum ContactKind: String, CaseIterable, Hashable, Sendable {
    /// A text message to a phone number in E.164 form.
    case sms = "SMS"
    /// A push message to an app's token.
    case push = "PUSH"
    /// A telephone call. It can be kept and ordered; sending is refused, since no gateway places calls.
    case voice = "VOICE"
    /// A signed HTTPS request to a system of the person's own.
    case webhook = "WEBHOOK"
}
