import Testing

@testable import Wire

@Suite("Frame headers, RFC 6455 section 5.2")
struct FrameHeaderTests {
    private func parse(_ bytes: [UInt8], _ role: WebSocketRole = .client) throws -> FrameHeader? {
        try FrameHeader.parse(bytes.span, readBy: role)
    }

    @Test("Every opcode, length class and mask survives encoding and parsing, and no prefix is taken for the whole")
    func roundTrip() throws {
        let lengths: [UInt64] = [0, 1, 125, 126, 127, 255, 256, 0xFFFF, 0x1_0000, 0xFFFF_FFFF, UInt64(Int64.max)]
        for opcode in Opcode.allCases {
            for isFinal in opcode.isControl ? [true] : [true, false] {
                for length in opcode.isControl ? [0, 1, 125] : lengths {
                    for key in [nil, MaskKey(1, 2, 3, 4)] {
                        let header = FrameHeader(
                            opcode: opcode, isFinal: isFinal, payloadLength: length, maskKey: key)
                        var bytes: [UInt8] = []
                        FrameEncoder.append(header, to: &bytes)
                        let role = key == nil ? WebSocketRole.client : .server
                        #expect(bytes.count == header.encodedLength)
                        #expect(try parse(bytes, role) == header)
                        for count in 0..<bytes.count { #expect(try parse(Array(bytes[..<count]), role) == nil) }
                    }
                }
            }
        }
    }

    @Test("All 256 first bytes are either one of the defined frames or refused at once")
    func firstBytes() {
        for first in UInt8.min...UInt8.max {
            let opcode = Opcode(rawValue: first & 0x0F)
            let isFinal = first & 0x80 != 0
            let expected: WebSocketViolation? =
                if opcode == nil {
                    .reservedOpcode
                } else if first & 0x70 != 0 {
                    .reservedBit
                } else if opcode?.isControl == true, !isFinal {
                    .fragmentedControlFrame
                } else {
                    nil
                }
            if let expected {
                #expect(throws: expected) { try parse([first]) }
            } else {
                #expect(throws: Never.self) { try parse([first]) }
            }
        }
    }

    @Test("RSV1 has a meaning only on the first frame of a message, and only when it was negotiated")
    func compressedBit() throws {
        func parse(_ first: UInt8, _ allowsCompression: Bool) throws -> FrameHeader? {
            let bytes: [UInt8] = [first, 0]
            return try FrameHeader.parse(bytes.span, readBy: .client, allowsCompression: allowsCompression)
        }
        #expect(try parse(0xC1, true)?.isCompressed == true)
        #expect(try parse(0x42, true)?.isCompressed == true)
        for first in [UInt8(0xC0), 0xC8, 0xC9, 0xCA, 0xE1, 0xD1] {
            #expect(throws: WebSocketViolation.reservedBit) { try parse(first, true) }
        }
        #expect(throws: WebSocketViolation.reservedBit) { try parse(0xC1, false) }
    }

    @Test("A length that fits in fewer bytes is refused")
    func minimalLengths() throws {
        #expect(throws: WebSocketViolation.lengthNotMinimal) { try parse([0x82, 126, 0, 125]) }
        #expect(try parse([0x82, 126, 0, 126])?.payloadLength == 126)
        #expect(throws: WebSocketViolation.lengthNotMinimal) { try parse([0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) }
        #expect(try parse([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0])?.payloadLength == 0x10000)
    }

    @Test("A control frame announces at most 125 bytes")
    func controlLength() {
        for first in [UInt8(0x88), 0x89, 0x8A] {
            #expect(throws: WebSocketViolation.controlFrameTooLong) { try parse([first, 126]) }
            #expect(throws: WebSocketViolation.controlFrameTooLong) { try parse([first, 127]) }
        }
    }
}
