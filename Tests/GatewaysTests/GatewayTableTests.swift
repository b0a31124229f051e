import Clinic
import Gateways
import Outbound
import Testing

@Suite("Gateway table")
struct GatewayTableTests {
    private struct Silent: OneRequestGateway {
        let name: String
        let kind: ContactKind
        let capabilities: GatewayCapabilities = []
        func request(for attempt: GatewayAttempt) -> OutboundRequest { OutboundRequest(.get, "http://127.0.0.1/") }
        func outcome(of result: OutboundResult) -> SubmitOutcome { .unknown(code: "silent") }
        func open(_ callback: GatewayCallback) throws(CallbackRefusal) -> CallbackContent { CallbackContent() }
    }

    @Test("Names find their gateway, and weights are kept within their range")
    func lookUp() {
        var table = GatewayTable()
        #expect(table.isEmpty)
        table.register(Silent(name: "one", kind: .sms), weight: 0)
        table.register(Silent(name: "two", kind: .push), weight: 1_000)
        #expect(table["one"]?.name == "one")
        #expect(table["three"] == nil)
        #expect(table.names == ["one", "two"])
        #expect(table.entries.map(\.weight) == [1, 100])
        #expect(table.kinds == [.sms, .push])
    }
}
