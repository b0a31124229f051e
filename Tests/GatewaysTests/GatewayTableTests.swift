import Gateways
import Outbound
import Testing

@Suite("Gateway table")
struct GatewayTableTests {
    private struct Silent: Gateway {
        let name: String
        let capabilities: GatewayCapabilities = []
        func request(for attempt: GatewayAttempt) -> OutboundRequest { OutboundRequest(.get, "http://127.0.0.1/") }
        func outcome(of result: OutboundResult) -> SubmitOutcome { .unknown(code: "silent") }
        func events(of callback: GatewayCallback) throws(CallbackRefusal) -> [GatewayEvent] { [] }
    }

    @Test("The preferred gateway goes first, and none twice in a row while there is another")
    func choice() {
        var table = GatewayTable()
        #expect(table.choose(after: nil) == nil)
        #expect(table.isEmpty)
        table.register(Silent(name: "one"))
        #expect(table.choose(after: nil)?.name == "one")
        #expect(table.choose(after: "one")?.name == "one")
        table.register(Silent(name: "two"))
        #expect(table.names == ["one", "two"])
        #expect(table.choose(after: nil)?.name == "one")
        #expect(table.choose(after: "one")?.name == "two")
        #expect(table.choose(after: "two")?.name == "one")
        #expect(table.choose(after: "gone")?.name == "one")
    }

    @Test("An excluded gateway is used only if nothing else is left")
    func exclusion() {
        var table = GatewayTable()
        table.register(Silent(name: "one"))
        table.register(Silent(name: "two"))
        #expect(table.choose(after: nil, excluding: ["one"])?.name == "two")
        #expect(table.choose(after: "two", excluding: ["one"])?.name == "two")
        #expect(table.choose(after: "one", excluding: ["one", "two"])?.name == "two")
    }

    @Test("Names find their gateway")
    func lookUp() {
        var table = GatewayTable()
        table.register(Silent(name: "one"))
        #expect(table["one"]?.name == "one")
        #expect(table["two"] == nil)
    }
}
