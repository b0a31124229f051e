import Testing

@testable import Wire

@Suite("Masking, RFC 6455 section 5.3")
struct MaskKeyTests {
    @Test("Eight bytes at a time is the same as one by one, for every start and length")
    func everyAlignment() {
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        let original = (0..<80).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
        for start in 0...17 {
            for length in 0...48 {
                var expected = original
                for index in 0..<length { expected[start + index] ^= key[index % 4] }
                var bytes = original
                var span = bytes.mutableSpan
                MaskKey(key[0], key[1], key[2], key[3]).apply(to: &span, in: start..<start + length)
                #expect(bytes == expected, "start \(start), length \(length)")
            }
        }
    }

    @Test("A payload masked in two parts is the same as in one, wherever it is cut")
    func everyCut() {
        let key = MaskKey(1, 20, 133, 244)
        let original = (0..<40).map { UInt8($0) }
        var whole = original
        var span = whole.mutableSpan
        key.apply(to: &span, in: 0..<40)
        for cut in 0...40 {
            var bytes = original
            var span = bytes.mutableSpan
            key.apply(to: &span, in: 0..<cut)
            key.advanced(by: cut).apply(to: &span, in: cut..<40)
            #expect(bytes == whole, "cut at \(cut)")
        }
    }

    @Test("The key's bytes are in wire order")
    func wireOrder() {
        let bytes = MaskKey(1, 2, 3, 4).bytes
        #expect([bytes.0, bytes.1, bytes.2, bytes.3] == [1, 2, 3, 4])
    }
}
