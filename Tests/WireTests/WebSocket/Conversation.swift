@testable import Wire

/// An event with its bytes, so that it can be compared whatever buffer it came in.
enum Heard: Equatable {
    case text(String)
    case binary([UInt8])
    case compressed([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16, String)
    case violation(WebSocketViolation)
}

/// What a reader makes of these reads, each in a buffer of its own that is overwritten afterwards.
func hear(_ reads: [[UInt8]], with reader: inout MessageReader) -> [Heard] {
    var heard: [Heard] = []
    for read in reads {
        var buffer = read
        var bytes = buffer.mutableSpan
        var unread = 0..<read.count
        while let event = reader.next(in: &bytes, unread: &unread) {
            switch event {
            case .text(let payload): heard.append(.text(String(decoding: payload.bytes(in: bytes.span), as: UTF8.self)))
            case .binary(let payload): heard.append(.binary(payload.bytes(in: bytes.span)))
            case .compressed(_, let payload): heard.append(.compressed(payload.bytes(in: bytes.span)))
            case .ping(let payload): heard.append(.ping(payload.bytes(in: bytes.span)))
            case .pong(let payload): heard.append(.pong(payload.bytes(in: bytes.span)))
            case .close(let code, let reason): heard.append(.close(code.rawValue, reason))
            case .violation(let violation): heard.append(.violation(violation))
            }
        }
        precondition(unread.isEmpty, "a read is used up")
        for index in bytes.indices { bytes[index] = 0xEE }
    }
    return heard
}

/// What a fresh reader makes of these reads.
func hear(
    _ reads: [[UInt8]], role: WebSocketRole = .server, limits: MessageReader.Limits = .init(),
    allowsCompression: Bool = false
) -> [Heard] {
    var reader = MessageReader(role: role, limits: limits, allowsCompression: allowsCompression)
    return hear(reads, with: &reader)
}

/// Every way to cut the bytes in two, every byte alone, and all at once.
func splits(of bytes: [UInt8]) -> [[[UInt8]]] {
    var splits = [[bytes], bytes.map { [$0] }]
    for index in bytes.indices.dropFirst() { splits.append([Array(bytes[..<index]), Array(bytes[index...])]) }
    return splits
}

/// A client's frame, masked by a key that has no zero byte.
func masked(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true, isCompressed: Bool = false) -> [UInt8] {
    FrameEncoder.maskedFrame(
        opcode, payload, key: MaskKey(0x37, 0xFA, 0x21, 0x3D), isFinal: isFinal, isCompressed: isCompressed)
}

func masked(_ opcode: Opcode, _ text: String, isFinal: Bool = true) -> [UInt8] {
    masked(opcode, Array(text.utf8), isFinal: isFinal)
}

/// A small generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
