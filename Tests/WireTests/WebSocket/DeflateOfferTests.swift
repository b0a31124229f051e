import Testing

@testable import Wire

@Suite("permessage-deflate offers (RFC 7692 section 7.1)")
struct DeflateOfferTests {
    private func answer(_ field: String, _ policy: DeflatePolicy = DeflatePolicy()) -> String? {
        var fields = HTTPFields()
        fields.append("Sec-WebSocket-Extensions", field)
        let offers = DeflateOffer.read(fields.list("Sec-WebSocket-Extensions"))
        return offers?.first.map { DeflateAgreement($0, by: policy).answer }
    }

    private static let always = "permessage-deflate; server_no_context_takeover"

    @Test(
        "each legal offer has its answer, and the server never takes over its context",
        arguments: [
            ("permessage-deflate", ""),
            ("PERMESSAGE-DEFLATE", ""),
            ("permessage-deflate; server_no_context_takeover", ""),
            ("permessage-deflate; client_no_context_takeover", "; client_no_context_takeover"),
            ("permessage-deflate; client_max_window_bits", "; client_max_window_bits=12"),
            ("permessage-deflate; client_max_window_bits=15", "; client_max_window_bits=12"),
            ("permessage-deflate; client_max_window_bits=9", "; client_max_window_bits=9"),
            ("permessage-deflate;client_max_window_bits=8 ", "; client_max_window_bits=8"),
            ("permessage-deflate; server_max_window_bits=10", "; server_max_window_bits=10"),
            ("permessage-deflate; server_max_window_bits=\"11\"", "; server_max_window_bits=11"),
            ("permessage-deflate; server_max_window_bits=\"1\\2\"", "; server_max_window_bits=12"),
            (
                "permessage-deflate; client_max_window_bits; server_max_window_bits=8; client_no_context_takeover",
                "; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=12"
            ),
        ])
    func legal(_ offer: String, _ rest: String) {
        #expect(answer(offer) == Self.always + rest)
    }

    @Test("every window from 8 to 15 bits is taken", arguments: 8...15)
    func windows(_ bits: Int) throws {
        let text = "permessage-deflate; server_max_window_bits=\(bits); client_max_window_bits=\(bits)"
        let offer = try #require(DeflateOffer.read([text])?.first)
        let agreement = DeflateAgreement(offer, by: DeflatePolicy(clientWindowBits: 15))
        #expect(agreement.answer == Self.always + text.dropFirst("permessage-deflate".count))
        #expect(agreement.historyBytes == 1 << bits)
        #expect(agreement.windowClass == (bits == 15 ? .full : .small))
    }

    @Test(
        "an offer that must be declined is, and the handshake goes on without it",
        arguments: [
            "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=08",
            "permessage-deflate; server_max_window_bits=1e1", "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=0", "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=true",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=9; Server_Max_Window_Bits=9", "permessage-deflate; unknown",
            "x-webkit-deflate-frame", "permessage-bzip2; a=b",
        ])
    func declined(_ offer: String) {
        #expect(DeflateOffer.read([offer]) == [])
        #expect(answer("\(offer), permessage-deflate") == Self.always, "the next offer counts")
    }

    @Test("of several offers the first that can be accepted is", arguments: [true, false])
    func several(_ isInOneLine: Bool) {
        var fields = HTTPFields()
        let offers = [
            "foo; x=\"a\"", "permessage-deflate; server_max_window_bits=3",
            "permessage-deflate; server_max_window_bits=9", "permessage-deflate",
        ]
        for line in isInOneLine ? [offers.joined(separator: ",")] : offers {
            fields.append("Sec-WebSocket-Extensions", line)
        }
        let read = DeflateOffer.read(fields.list("Sec-WebSocket-Extensions"))
        #expect(read?.map(\.serverWindowBits) == [9, nil])
    }

    @Test(
        "what breaks the grammar fails the handshake (RFC 6455 section 9.1)",
        arguments: [
            "permessage-deflate;", ";", "permessage-deflate; =1", "permessage-deflate; server_max_window_bits=",
            "permessage-deflate; server_max_window_bits=\"10", "permessage-deflate; server_max_window_bits=\"1 0\"",
            "permessage-deflate; server_max_window_bits=\"10\"x", "permessage-deflate; a b", "per message", "a=b",
            "permessage-deflate; x=\"\"", "permessage-deflate; x=\"a;b\"",
        ])
    func malformed(_ member: String) {
        #expect(DeflateOffer.read([member]) == nil)
    }

    @Test("a client that cannot be told of a window is not told, and all of its window is kept")
    func silentClient() throws {
        let offer = try #require(DeflateOffer.read(["permessage-deflate"])?.first)
        #expect(DeflateAgreement(offer).historyBytes == 32_768)
        let forgetful = DeflateAgreement(offer, by: DeflatePolicy(clientMayTakeOver: false))
        #expect(forgetful.historyBytes == 0)
        #expect(forgetful.answer == Self.always + "; client_no_context_takeover")
    }

    @Test("every legal offer is agreed to, and the answer is a legal one to it (sections 7.1.1 and 7.1.2)")
    func everyOffer() throws {
        let bits = (8...15).map { "=\($0)" }
        let policies = (8...15).flatMap { window in
            [true, false].map { DeflatePolicy(clientMayTakeOver: $0, clientWindowBits: UInt8(window)) }
        }
        for server in [nil] + bits.map(Optional.some) {
            for client in [nil, ""] + bits.map(Optional.some) {
                for (serverForgets, clientForgets) in [(false, false), (true, false), (false, true), (true, true)] {
                    var text = "permessage-deflate"
                    if serverForgets { text += "; server_no_context_takeover" }
                    if clientForgets { text += "; client_no_context_takeover" }
                    if let server { text += "; server_max_window_bits\(server)" }
                    if let client { text += "; client_max_window_bits\(client)" }
                    let offer = try #require(DeflateOffer.read([text])?.first, "\(text)")
                    for policy in policies { try check(DeflateAgreement(offer, by: policy), of: offer, by: policy) }
                }
            }
        }
    }

    private func check(_ agreement: DeflateAgreement, of offer: DeflateOffer, by policy: DeflatePolicy) throws {
        let answer = try #require(DeflateOffer.read([agreement.answer])?.first)
        // 7.1.1.1: asked or not, the server may say that it forgets; asked, it must.
        #expect(answer.serverNoContextTakeover)
        // 7.1.1.2: the client that forgets anyway is held to it.
        #expect(answer.clientNoContextTakeover == (offer.clientNoContextTakeover || !policy.clientMayTakeOver))
        // 7.1.2.1: no more than was asked for, and only if it was.
        #expect(answer.serverWindowBits == offer.serverWindowBits)
        // 7.1.2.2: only who said that it understands is told, and never more than it said.
        #expect(answer.clientWindowBits == offer.clientWindowBits.map { min($0, policy.clientWindowBits) })
        let window = 1 << Int(answer.clientWindowBits ?? 15)
        #expect(agreement.historyBytes == (answer.clientNoContextTakeover ? 0 : window))
    }
}
