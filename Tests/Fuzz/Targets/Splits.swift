/// How a stream may arrive: byte by byte, cut in two at each place where it is short, and in random pieces.
///
/// The random pieces come from the bytes themselves, so that an input is read the same way at every run.
func splits(of bytes: [UInt8]) -> [[[UInt8]]] {
    guard bytes.count > 1 else { return [] }
    var splits = [bytes.map { [$0] }]
    let everyCut = bytes.count <= 48
    var generator = SeededGenerator(seed: bytes)
    for index in everyCut
        ? Array(1..<bytes.count) : (0..<4).map({ _ in Int.random(in: 1..<bytes.count, using: &generator) })
    {
        splits.append([Array(bytes[..<index]), Array(bytes[index...])])
    }
    for _ in 0..<2 {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...max(2, bytes.count / 3), using: &generator))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        splits.append(pieces)
    }
    return splits
}

/// SplitMix64, seeded with the FNV-1a hash of some bytes.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: [UInt8]) {
        state = seed.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
