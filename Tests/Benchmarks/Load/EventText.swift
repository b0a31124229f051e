/// Reads of an event's message what the benchmark must know, at its place and without a tree.
///
/// `{"type":"event","channel":"clinic:<36>","seq":42,"event":"alert:new","at":"…","data":{"alertId":"<36>",…`
enum EventText {
    private static let endOfOpening = #"{"type":"event","channel":"clinic:"#.utf8.count + 36 + #"","seq":"#.utf8.count
    private static let newAlert = Array(
        #","event":"alert:new","at":"2026-11-20T10:15:30.123Z","data":{"alertId":""#.utf8)
    private static let timeInNewAlert =
        #","event":"alert:new","at":""#.utf8.count..<(#","event":"alert:new","at":""#.utf8.count + 24)

    /// The place in its clinic's sequence; nil where the text is no event.
    static func seq(in text: Span<UInt8>) -> Int64? { number(in: text)?.seq }

    /// The alert that is new; nil for any other event.
    static func newAlert(in text: Span<UInt8>) -> AlertKey? {
        guard let start = number(in: text)?.end, start + newAlert.count + AlertKey.length <= text.count else {
            return nil
        }
        for index in newAlert.indices where !timeInNewAlert.contains(index) {
            guard text[start + index] == newAlert[index] else { return nil }
        }
        return AlertKey(text.extracting((start + newAlert.count)..<(start + newAlert.count + AlertKey.length)))
    }

    private static func number(in text: Span<UInt8>) -> (seq: Int64, end: Int)? {
        var index = endOfOpening
        var seq: Int64 = 0
        while index < text.count, text[index] >= UInt8(ascii: "0"), text[index] <= UInt8(ascii: "9") {
            seq = seq &* 10 &+ Int64(text[index] - UInt8(ascii: "0"))
            index += 1
        }
        return index > endOfOpening ? (seq, index) : nil
    }
}

/// An alert's id, as 16 bytes.
struct AlertKey: Hashable {
    static let length = 36
    private let high: UInt64
    private let low: UInt64

    /// Of a UUID's text, 36 bytes; nil where it is none.
    init?(_ text: Span<UInt8>) {
        guard text.count == Self.length else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for index in text.indices {
            let nibble: UInt8
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = text[index] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = text[index] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "-"): continue
            default: return nil
            }
            words = (words.0 << 4 | words.1 >> 60, words.1 << 4 | UInt64(nibble))
        }
        (high, low) = words
    }
}
