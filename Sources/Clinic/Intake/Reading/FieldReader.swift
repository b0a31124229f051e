/// Finds the fields of a form by their labels: `Full name: Maria Lopez`, also two of them on one line, or with the value
/// on the next one. Pure.
struct FieldReader {
    private struct Label {
        let field: IntakeField
        /// The words of the text that are the label.
        let words: Range<Int>
    }

    private let words: [RecognizedText.Word]
    /// Each word folded: small letters and digits without accents.
    private let folded: [String]

    init(_ text: RecognizedText) {
        words = text.words
        folded = text.words.map { FoldedText($0.text).words.map(\.text).joined() }
    }

    /// The fields that have a value, each once: the first that is labelled so.
    func fields() -> [ReadField] {
        let labels = labels()
        var found: [IntakeField: ReadField] = [:]
        for (index, label) in labels.enumerated() where found[label.field] == nil {
            let end = index + 1 < labels.count ? labels[index + 1].words.lowerBound : words.count
            if let field = value(of: label, upTo: end) { found[label.field] = field }
        }
        return IntakeField.allCases.compactMap { found[$0] }
    }

    /// A label begins a line, or stands within one and ends with a colon.
    private func labels() -> [Label] {
        var labels: [Label] = []
        var index = 0
        while index < words.count {
            guard let label = label(at: index) else {
                index += 1
                continue
            }
            labels.append(label)
            index = label.words.upperBound
        }
        return labels
    }

    private func label(at start: Int) -> Label? {
        let beginsLine = start == 0 || words[start - 1].line != words[start].line
        var best: Label?
        for field in IntakeField.allCases {
            for phrase in field.labels
            where phrase.count > best?.words.count ?? 0 && start + phrase.count <= words.count {
                let range = start..<start + phrase.count
                guard words[range].allSatisfy({ $0.line == words[start].line }),
                    zip(phrase, folded[range]).allSatisfy({ Likeness.isNear($1, to: $0) })
                else { continue }
                let isClosed =
                    words[range.upperBound - 1].text.hasSuffix(":")
                    || (range.upperBound < words.count && words[range.upperBound].text == ":")
                if isClosed || (beginsLine && phrase.count > 1) { best = Label(field: field, words: range) }
            }
        }
        return best
    }

    private func value(of label: Label, upTo end: Int) -> ReadField? {
        var start = label.words.upperBound
        while start < end, folded[start].isEmpty, !words[start].text.hasPrefix("[") { start += 1 }
        guard start < end else { return nil }
        let labelLine = words[label.words.lowerBound].line
        // A value that is not beside its label is right below it.
        guard words[start].line <= labelLine + 1 else { return nil }
        let line = words[start].line
        var last = start
        while last + 1 < end, label.field.spansLines || words[last + 1].line == line { last += 1 }
        let value = words[start...last]
        let text = String(value.map(\.text).joined(separator: " ").prefix(label.field.maximumLength))
        // What was cut off may have been what kept a number from being one.
        let kept = CardNumberScanner().redact(text).text
        return ReadField(label.field, text: kept, confidence: RecognizedText.confidence(of: value))
    }
}

/// Whether a machine may have read one word for another.
enum Likeness {
    /// Equal, or of five letters and more and one letter apart.
    static func isNear(_ word: String, to wanted: String) -> Bool {
        if word == wanted { return true }
        let (left, right) = (Array(word.utf8), Array(wanted.utf8))
        guard right.count >= 5, abs(left.count - right.count) <= 1 else { return false }
        var front = 0
        while front < min(left.count, right.count), left[front] == right[front] { front += 1 }
        var back = 0
        while back < min(left.count, right.count) - front, left[left.count - 1 - back] == right[right.count - 1 - back]
        {
            back += 1
        }
        return max(left.count, right.count) - front - back <= 1
    }

    /// A word without the digits that are read for letters.
    static func withoutDigits(_ word: String) -> String {
        guard word.utf8.contains(where: { !(0x30...0x39).contains($0) }) else { return word }
        return String(word.map { letters[$0] ?? $0 })
    }

    private static let letters: [Character: Character] = ["0": "o", "1": "i", "3": "e", "5": "s", "6": "b", "8": "b"]
}
