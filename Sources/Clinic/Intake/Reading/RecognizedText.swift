/// What a machine read on a form: words in reading order, by lines, each with how sure the machine is.
///
/// It may hold card numbers until it is scrubbed, and always holds patient data: never logged, never stored as it is.
package struct RecognizedText: Hashable, Sendable {
    package struct Word: Hashable, Sendable {
        package var text: String
        /// 0 to 1.
        package let confidence: Double
        /// Equal for the words of one line, rising.
        package let line: Int

        package init(_ text: String, confidence: Double, line: Int) {
            self.text = text
            self.confidence = confidence
            self.line = line
        }
    }

    package internal(set) var words: [Word]

    package init(_ words: [Word]) { self.words = words }

    /// Reads the table that `tesseract … tsv` writes: 12 columns by tabs, a word where `level` is 5. Nil for anything else,
    /// and for more than `maximumWords`.
    package init?(tsv: [UInt8], maximumWords: Int = 50_000) {
        var words: [Word] = []
        var place: [ArraySlice<UInt8>] = []
        var line = -1
        var isFirst = true
        for row in tsv.split(separator: UInt8(ascii: "\n")) {
            let columns = row.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            if isFirst {
                guard columns.first?.elementsEqual("level".utf8) == true else { return nil }
                isFirst = false
                continue
            }
            guard columns.count == 12 else { return nil }
            guard columns[0].elementsEqual("5".utf8) else { continue }
            guard let percent = Double(String(decoding: columns[10], as: UTF8.self)), percent.isFinite else {
                return nil
            }
            let text = String(decoding: columns[11], as: UTF8.self)
            // The machine marks blanks as words of their own now and then.
            guard text.contains(where: { !$0.isWhitespace }) else { continue }
            let here = Array(columns[1...4])
            if here != place {
                place = here
                line += 1
            }
            guard words.count < maximumWords else { return nil }
            words.append(Word(text, confidence: min(max(percent / 100, 0), 1), line: line))
        }
        guard !isFirst else { return nil }
        self.words = words
    }

    /// The words with single blanks, the lines with line ends.
    package var text: String {
        var text = ""
        var previous: Int?
        for word in words where !word.text.isEmpty {
            if let previous { text += previous == word.line ? " " : "\n" }
            text += word.text
            previous = word.line
        }
        return text
    }

    /// How sure the machine is of the whole, longer words counting for more; 0 where there are none.
    package var confidence: Double { Self.confidence(of: words) }

    static func confidence(of words: some Sequence<Word>) -> Double {
        var sum = 0.0
        var length = 0
        for word in words {
            let count = word.text.unicodeScalars.count
            sum += word.confidence * Double(count)
            length += count
        }
        return length == 0 ? 0 : sum / Double(length)
    }
}
