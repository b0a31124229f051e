import Testing

@testable import Wire

@Suite("Writing frames and close codes")
struct FrameEncoderTests {
    @Test("The header is the shortest that holds the length")
    func shortestHeader() {
        for (count, header): (Int, [UInt8]) in [
            (0, [0x81, 0]), (125, [0x81, 125]), (126, [0x81, 126, 0, 126]), (65_535, [0x81, 126, 0xFF, 0xFF]),
            (65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let payload = [UInt8](repeating: 65, count: count)
            #expect(FrameEncoder.frame(.text, payload) == header + payload)
        }
    }

    @Test("What is written is heard: server to client and client to server, every opcode")
    func roundTrip() {
        for count in [0, 1, 7, 8, 9, 125, 126, 1000] {
            let payload = [UInt8](repeating: 0x42, count: count)
            #expect(hear([FrameEncoder.frame(.binary, payload)], role: .client) == [.binary(payload)])
            #expect(hear([masked(.binary, payload)]) == [.binary(payload)])
        }
        #expect(hear([FrameEncoder.frame(.ping, [1])], role: .client) == [.ping([1])])
        #expect(hear([FrameEncoder.frame(.pong, [1])], role: .client) == [.pong([1])])
        #expect(hear([FrameEncoder.close(.tooSlow, reason: "too slow")], role: .client) == [.close(3008, "too slow")])
    }

    @Test("A reason is cut at 123 bytes between characters")
    func longReason() {
        let plain = FrameEncoder.closePayload(.normal, reason: String(repeating: "a", count: 200))
        #expect(plain.count == 125)
        for lead in 0..<4 {
            let reason = String(repeating: "a", count: lead) + String(repeating: "🚑", count: 40)
            let payload = FrameEncoder.closePayload(.normal, reason: reason)
            #expect(payload.count <= 125 && payload.count > 121)
            let said = String(validating: payload[2...], as: UTF8.self)
            #expect(said.map(reason.hasPrefix) == true)
            #expect(hear([FrameEncoder.close(.normal, reason: reason)], role: .client) == [.close(1000, said ?? "")])
        }
    }

    @Test("The range of a close code tells whether to come back")
    func reconnect() {
        let back: [CloseCode] = [
            .goingAway, .abnormal, .internalError, .restart, .tryAgainLater, .tokenExpired, .tooSlow,
        ]
        let away: [CloseCode] = [
            .normal, .messageTooBig, .badToken, .notAuthenticated, .tooManyChannels, .notPermitted,
        ]
        for code in back + [.noPong, .rateLimited] { #expect(code.allowsReconnect, "\(code)") }
        for code in away { #expect(!code.allowsReconnect, "\(code)") }
        for number in UInt16(3000)...4999 {
            #expect(CloseCode(rawValue: number).allowsReconnect == (number % 1000 < 500))
        }
    }
}
