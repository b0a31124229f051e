/// Where an event's message has its place, its kind and its alert; read without a tree, because millions are read.
struct EventParts {
    let seq: Int64
    let kind: Range<Int>
    /// Empty where it is about none.
    let alert: Range<Int>

    private static let seqName = Array(#""seq":"#.utf8)
    private static let kindName = Array(#","event":""#.utf8)
    private static let alertName = Array(#""data":{"alertId":""#.utf8)
    private static let idLength = 36
    private static let quote = UInt8(ascii: "\"")

    /// Nil where the text is not as the hub writes it.
    init?(_ text: Span<UInt8>) {
        guard var index = Self.end(of: Self.seqName, in: text, from: 0) else { return nil }
        var seq: Int64 = 0
        while index < text.count, case let digit = text[index] &- UInt8(ascii: "0"), digit < 10 {
            seq = seq &* 10 &+ Int64(digit)
            index += 1
        }
        guard let start = Self.end(of: Self.kindName, in: text, from: index) else { return nil }
        var end = start
        while end < text.count, text[end] != Self.quote { end += 1 }
        self.seq = seq
        kind = start..<end
        if let start = Self.end(of: Self.alertName, in: text, from: end), start + Self.idLength <= text.count {
            alert = start..<(start + Self.idLength)
        } else {
            alert = end..<end
        }
    }

    private static func end(of name: [UInt8], in text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index + name.count <= text.count {
            if name.indices.allSatisfy({ text[index + $0] == name[$0] }) { return index + name.count }
            index += 1
        }
        return nil
    }
}
