import Cryptography
package import Wire

/// Two local gateways under test, each a process of its own: one speaks Twilio's dialect, the other Telnyx'.
package final class GatewayPair: Sendable {
    package let twilio: GatewayProcess
    package let telnyx: GatewayProcess
    private let token: String

    /// Starts both and waits until they listen.
    package init() throws {
        token = Base64.encodeURL(SecureRandom.bytes(24))
        twilio = try GatewayProcess(token: token)
        telnyx = try GatewayProcess(token: token)
    }

    package var both: [GatewayProcess] { [twilio, telnyx] }

    /// Makes both fail as a script says.
    package func fail(_ script: JSONValue) throws { for gateway in both { try gateway.fail(script) } }

    /// What either sent out, over all starts.
    package var taken: [GatewayProcess.Entry] { both.flatMap(\.entries).filter(\.isTaken) }

    /// Ends both. Only the first call acts.
    package func end() { for gateway in both { gateway.end() } }

    /// For a hub that sends by them.
    package var environment: [String] { ["TWILIO_AUTH_TOKEN=\(token)", "TELNYX_API_KEY=\(token)"] }

    /// Members of that hub's configuration.
    package func configuration(twilioWeight: Int = 1, telnyxWeight: Int = 1) -> String {
        // The key that the local gateway signs Telnyx' webhooks with, derived as it does.
        let key = PrivateKey(ed25519Seed: SHA256.hash(Array("telnyx:\(token)".utf8)))
        return """
            gateways: {
                twilio: {
                    enabled: true, accountSid: "AC\(String(repeating: "0", count: 32))", weight: \(twilioWeight),
                    fromNumber: "+15005550006", baseURL: "http://127.0.0.1:\(twilio.port)",
                },
                telnyx: {
                    enabled: true, fromNumber: "+15005550006", weight: \(telnyxWeight),
                    publicKey: "\(Base64.encode(key?.publicKey.ed25519Bytes ?? []))",
                    baseURL: "http://127.0.0.1:\(telnyx.port)",
                },
            }
            """
    }
}
