import Testing

@testable import Outbound

@Suite("Peers that somebody else chose", .timeLimit(.minutes(5)))
struct PeerGuardTests {
    @Test(
        "Addresses of this machine, of private networks, and of no network are refused; the internet's are not",
        arguments: [
            ([127, 0, 0, 1], false), ([10, 1, 2, 3], false), ([192, 168, 0, 1], false), ([172, 16, 0, 1], false),
            ([172, 31, 255, 255], false), ([172, 32, 0, 1], true), ([169, 254, 169, 254], false),
            ([100, 64, 0, 1], false), ([100, 128, 0, 1], true), ([0, 0, 0, 0], false), ([224, 0, 0, 1], false),
            ([255, 255, 255, 255], false), ([198, 18, 0, 1], false), ([203, 0, 113, 9], false), ([8, 8, 8, 8], true),
            ([93, 184, 216, 34], true),
        ] as [([UInt8], Bool)])
    func version4(bytes: [UInt8], isPublic: Bool) {
        #expect(PeerGuard.isPublic(version4: bytes) == isPublic)
        // The same inside version 6: mapped, compatible and translated.
        let zeros = [UInt8](repeating: 0, count: 10)
        #expect(PeerGuard.isPublic(version6: zeros + [0xFF, 0xFF] + bytes) == isPublic)
        #expect(PeerGuard.isPublic(version6: zeros + [0, 0] + bytes) == isPublic)
        #expect(
            PeerGuard.isPublic(version6: [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8) + bytes) == isPublic)
    }

    @Test("Of version 6, what is given out to the internet is admitted, and nothing else")
    func version6() {
        func address(_ start: [UInt8]) -> [UInt8] { start + [UInt8](repeating: 1, count: 16 - start.count) }
        #expect(PeerGuard.isPublic(version6: address([0x20, 0x01, 0x48, 0x60])))
        #expect(PeerGuard.isPublic(version6: address([0x2A, 0x00])))
        for start: [UInt8] in [
            [0xFE, 0x80], [0xFC], [0xFD], [0xFF, 0x02], [0x20, 0x01, 0x0D, 0xB8], [0x20, 0x01, 0, 0], [0x20, 0x02],
        ] {
            #expect(!PeerGuard.isPublic(version6: address(start)))
        }
        #expect(!PeerGuard.isPublic(version6: [UInt8](repeating: 0, count: 15) + [1]))
    }

    @Test("A request that is for the internet alone does not reach a server on loopback; nothing is sent")
    func loopback() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        var request = OutboundRequest(.post, server.url(), body: [1])
        request.admitsPrivatePeers = false
        let result = try await ClientLoop().perform(request)
        #expect(result == .notSent(.connectFailed))
        #expect(server.connectionCount == 0)
    }
}
