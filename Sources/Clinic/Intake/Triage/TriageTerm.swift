/// A word or phrase of an intake form that speaks for an emergency, and how strongly.
package struct TriageTerm: Hashable, Sendable {
    /// As it is looked for: folded words with single blanks between.
    package let phrase: String
    /// Above 0.00, at most 1.00: how sure it alone makes an emergency.
    package let weight: Double

    /// Nil for a phrase without a letter or digit, one over 80 characters, or a weight out of range.
    package init?(_ phrase: String, weight: Double) {
        let words = FoldedText(phrase).words.map(\.text)
        guard !words.isEmpty, phrase.count <= 80, weight > 0, weight <= 1 else { return nil }
        self.phrase = words.joined(separator: " ")
        self.weight = weight
    }
}

/// Words of a text without case, accents and punctuation, so that "Dolor torácico," and "DOLOR TORACICO" are the same.
struct FoldedText {
    struct Word: Hashable {
        let text: String
        /// Which sentence or line of the text it stands in: a denial reaches no further.
        let clause: Int
    }

    private(set) var words: [Word] = []

    init(_ text: String) {
        var word = ""
        var clause = 0
        for scalar in text.unicodeScalars {
            if let letters = Self.folded(scalar) {
                word.unicodeScalars.append(contentsOf: letters)
                continue
            }
            if scalar == "'" || scalar == "\u{2019}" || scalar == "\u{ad}" { continue }
            // A combining accent belongs to the letter before it.
            if scalar.properties.generalCategory == .nonspacingMark { continue }
            if !word.isEmpty { words.append(Word(text: word, clause: clause)) }
            word = ""
            if Self.endsClause(scalar) { clause += 1 }
        }
        if !word.isEmpty { words.append(Word(text: word, clause: clause)) }
    }

    private static func endsClause(_ scalar: Unicode.Scalar) -> Bool {
        [".", ";", "\n", "\r", "!", "?", ":", "|"].contains(scalar)
    }

    private static func folded(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView? {
        guard scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal else { return nil }
        if let plain = plainLetters[scalar] { return plain.unicodeScalars }
        return scalar.properties.lowercaseMapping.unicodeScalars
    }

    /// The accented letters of the languages that the terms are written in, by their plain ones.
    private static let plainLetters: [Unicode.Scalar: String] = {
        let groups = [
            "a": "áàâäãåÁÀÂÄÃÅ", "e": "éèêëÉÈÊË", "i": "íìîïÍÌÎÏ", "o": "óòôöõøÓÒÔÖÕØ", "u": "úùûüÚÙÛÜ", "n": "ñÑ",
            "c": "çÇ",
        ]
        var letters: [Unicode.Scalar: String] = ["ß": "ss"]
        for (plain, accented) in groups {
            for scalar in accented.unicodeScalars { letters[scalar] = plain }
        }
        return letters
    }()
}
