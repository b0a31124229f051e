extension RecognizedText {
    /// A text whose card numbers were taken out, and what was found.
    package struct Scrubbed: Hashable, Sendable {
        package let text: RecognizedText
        /// How many numbers were found.
        package let count: Int
        /// Whether nothing is found in what remains. Where it is false the text must be thrown away.
        package let isClean: Bool
    }

    private static let rounds = 4

    /// Takes every card number out, also one that runs over several words or lines, and looks again until nothing is
    /// found: what remains may stand together differently.
    package func scrubbed(by scanner: CardNumberScanner = CardNumberScanner()) -> Scrubbed {
        var text = self
        var count = 0
        for _ in 0..<Self.rounds {
            let (next, found) = text.scrubbedOnce(by: scanner)
            guard found > 0 else { return Scrubbed(text: text, count: count, isClean: true) }
            text = next
            count += found
        }
        return Scrubbed(text: text, count: count, isClean: text.scrubbedOnce(by: scanner).1 == 0)
    }

    private func scrubbedOnce(by scanner: CardNumberScanner) -> (RecognizedText, Int) {
        // Where each word begins in the joined text, by scalars.
        var joined = String.UnicodeScalarView()
        var starts: [Int] = []
        var length = 0
        var previous: Int?
        for word in words {
            if let previous, !word.text.isEmpty {
                joined.append(previous == word.line ? " " : "\n")
                length += 1
            }
            starts.append(length)
            joined.append(contentsOf: word.text.unicodeScalars)
            length += word.text.unicodeScalars.count
            if !word.text.isEmpty { previous = word.line }
        }
        let findings = scanner.suspicions(in: String(joined))
        guard !findings.isEmpty else { return (self, 0) }
        var result = self
        for (index, word) in words.enumerated() {
            let scalars = Array(word.text.unicodeScalars)
            let range = starts[index]..<starts[index] + scalars.count
            let touching = findings.filter { $0.range.overlaps(range) }
            guard !touching.isEmpty else { continue }
            var kept = String.UnicodeScalarView()
            for (offset, scalar) in scalars.enumerated() {
                let place = range.lowerBound + offset
                guard let finding = touching.first(where: { $0.range.contains(place) }) else {
                    kept.append(scalar)
                    continue
                }
                if place == finding.range.lowerBound {
                    kept.append(contentsOf: "[card ending \(finding.lastFour)]".unicodeScalars)
                }
            }
            result.words[index].text = String(kept)
        }
        result.words.removeAll { $0.text.isEmpty }
        return (result, findings.count)
    }
}
