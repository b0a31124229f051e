import Outbound
import Testing

@Suite("Trust in the other side", .timeLimit(.minutes(5)), .enabled(if: TLSServer.isAvailable))
struct TrustTests {
    @Test("A certificate of an unknown authority: not sent")
    func unknownAuthority() async throws {
        let server = try TLSServer(name: "IP:127.0.0.1")
        let result = try await ClientLoop().perform(OutboundRequest(.get, "https://127.0.0.1:\(server.port)/"))
        #expect(result == .notSent(.tlsFailed))
    }

    @Test("A certificate of a named authority is trusted, for its own name only")
    func namedAuthority() async throws {
        for (name, isTrusted) in [("IP:127.0.0.1", true), ("IP:127.0.0.2", false), ("DNS:gateway.example", false)] {
            let server = try TLSServer(name: name)
            var limits = OutboundLimits()
            limits.certificateAuthorityFile = server.certificateFile
            let result = try await ClientLoop(limits).perform(
                OutboundRequest(.get, "https://127.0.0.1:\(server.port)/"))
            if isTrusted {
                #expect(result.status == 200)
            } else {
                #expect(result == .notSent(.tlsFailed), "\(name)")
            }
        }
    }
}
