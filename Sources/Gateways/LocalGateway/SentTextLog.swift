import Wire

/// The texts that the local gateway was handed, the newest kept, found by their id.
struct SentTextLog {
    private let capacity: Int
    private var texts: [String: SentText] = [:]
    private var order: [String] = []
    /// How many of `order` were dropped already; they are removed together, now and then.
    private var firstKept = 0
    private(set) var dropped = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { texts.count }

    /// The text with this id; changing one that is not kept does nothing.
    subscript(sid: String) -> SentText? { texts[sid] }

    var newestFirst: [SentText] { order[firstKept...].reversed().compactMap { texts[$0] } }

    mutating func append(_ text: SentText) {
        texts[text.sid] = text
        order.append(text.sid)
        guard texts.count > capacity else { return }
        texts[order[firstKept]] = nil
        firstKept += 1
        dropped += 1
        if firstKept > order.count / 2 {
            order.removeFirst(firstKept)
            firstKept = 0
        }
    }

    mutating func update(_ sid: String, _ change: (inout SentText) -> Void) {
        guard var text = texts.removeValue(forKey: sid) else { return }
        change(&text)
        texts[sid] = text
    }

    mutating func removeAll() {
        texts.removeAll()
        order.removeAll()
        firstKept = 0
        dropped = 0
    }

    /// All texts, the oldest first, with what was lost.
    func json(droppedCallbacks: Int) -> [UInt8] {
        var json = JSONWriter(capacity: 512 * (texts.count + 1))
        json.object { json in
            json.field(
                "messages",
                array: { json in
                    for sid in order[firstKept...] { texts[sid]?.writeLog(to: &json) }
                })
            json.field("dropped", dropped)
            json.field("droppedCallbacks", droppedCallbacks)
        }
        return json.bytes
    }
}
