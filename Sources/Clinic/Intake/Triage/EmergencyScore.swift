/// How much a form looks like an emergency, and which of its words say so (`intake_forms.emergency_score`).
package struct EmergencyScore: Hashable, Sendable {
    /// 0 to 100 hundredths; the column is NUMERIC(3,2).
    package let hundredths: Int
    /// The terms that were found, each once, the weightiest first.
    package let found: [TriageTerm]
    /// The terms that were found only where the form denies them ("no chest pain").
    package let denied: [TriageTerm]

    /// Whether it reaches a threshold of hundredths.
    package func isEmergency(from threshold: Int) -> Bool { hundredths >= threshold }
}

/// Scores the text of a form by weighted terms. Pure: the same text and terms give the same score.
///
/// Terms count as independent signs: the score is 1 − ∏(1 − weight), so that more of them never lower it and no sum
/// passes 1. A term that is part of a longer one found at the same place does not count a second time. A term after a
/// denial in the same clause does not count, but is told, for whoever reviews the form.
package struct EmergencyScorer: Sendable {
    private let terms: [(term: TriageTerm, words: [String])]

    /// At most 500 terms are used; of two with one phrase the weightier.
    package init(terms: [TriageTerm] = Self.defaultTerms) {
        var heaviest: [String: TriageTerm] = [:]
        for term in terms.prefix(500) where term.weight > heaviest[term.phrase]?.weight ?? 0 {
            heaviest[term.phrase] = term
        }
        // The longest first: "severe chest pain" takes its words before "chest pain" does.
        self.terms = heaviest.values.map { ($0, $0.phrase.split(separator: " ").map(String.init)) }
            .sorted { ($0.1.count, $1.0.phrase) > ($1.1.count, $0.0.phrase) }
    }

    /// The score of a text.
    package func score(_ text: String) -> EmergencyScore {
        let words = FoldedText(text).words
        var isTaken = [Bool](repeating: false, count: words.count)
        var places: [String: [Int]] = [:]
        for (index, word) in words.enumerated() { places[word.text, default: []].append(index) }
        var found: [TriageTerm] = []
        var denied: [TriageTerm] = []
        for (term, phrase) in terms {
            var isFound = false
            var isDenied = false
            for start in places[phrase[0]] ?? [] where Self.stands(phrase, at: start, in: words) {
                let range = start..<start + phrase.count
                guard !isTaken[range].allSatisfy({ $0 }) else { continue }
                for index in range { isTaken[index] = true }
                if Self.isDenied(start, in: words) { isDenied = true } else { isFound = true }
            }
            if isFound { found.append(term) } else if isDenied { denied.append(term) }
        }
        found.sort { ($0.weight, $1.phrase) > ($1.weight, $0.phrase) }
        denied.sort { $0.phrase < $1.phrase }
        let remaining = found.reduce(1.0) { $0 * (1 - $1.weight) }
        return EmergencyScore(
            hundredths: Int(((1 - remaining) * 100).rounded()), found: found, denied: denied)
    }

    private static func stands(_ phrase: [String], at start: Int, in words: [FoldedText.Word]) -> Bool {
        guard start + phrase.count <= words.count else { return false }
        let clause = words[start].clause
        return zip(phrase, words[start...]).allSatisfy { $0 == $1.text && $1.clause == clause }
    }

    /// A denial reaches five words on within its clause, and not past a "but".
    private static func isDenied(_ start: Int, in words: [FoldedText.Word]) -> Bool {
        var index = start - 1
        while index >= 0, start - index <= 5, words[index].clause == words[start].clause {
            if contrasts.contains(words[index].text) { return false }
            if denials.contains(words[index].text) { return true }
            index -= 1
        }
        return false
    }

    private static let denials: Set<String> = [
        "no", "not", "denies", "denied", "without", "never", "negative", "sin", "niega", "nunca", "ningun", "ninguna",
    ]
    private static let contrasts: Set<String> = ["but", "however", "except", "pero", "excepto", "sino"]

    /// The terms that count where a clinic sets none: signs that triage scales put in their first two levels (ESI 1 and 2),
    /// in English and Spanish.
    package static let defaultTerms: [TriageTerm] = [
        ("chest pain", 0.75), ("dolor toracico", 0.75), ("dolor de pecho", 0.75), ("crushing chest pain", 0.95),
        ("not breathing", 1), ("no respira", 1), ("cannot breathe", 0.9), ("cant breathe", 0.9),
        ("difficulty breathing", 0.75), ("shortness of breath", 0.7), ("dificultad para respirar", 0.75),
        ("falta de aire", 0.7), ("choking", 0.8), ("atragantamiento", 0.8), ("unconscious", 0.95),
        ("inconsciente", 0.95), ("unresponsive", 0.95), ("no responde", 0.95), ("cardiac arrest", 1),
        ("paro cardiaco", 1), ("heart attack", 0.95), ("infarto", 0.95), ("stroke", 0.9), ("derrame cerebral", 0.9),
        ("facial droop", 0.8), ("slurred speech", 0.75), ("severe bleeding", 0.9), ("hemorrhage", 0.85),
        ("hemorragia", 0.85), ("sangrado abundante", 0.9), ("anaphylaxis", 0.95), ("anafilaxia", 0.95),
        ("severe allergic reaction", 0.85), ("seizure", 0.75), ("convulsion", 0.75), ("convulsiones", 0.75),
        ("overdose", 0.85), ("sobredosis", 0.85), ("suicidal", 0.8), ("suicida", 0.8), ("blue lips", 0.8),
        ("labios azules", 0.8), ("severe burn", 0.75), ("quemadura grave", 0.75), ("head injury", 0.6),
        ("golpe en la cabeza", 0.6), ("fainted", 0.45), ("desmayo", 0.45), ("high fever", 0.3), ("fiebre alta", 0.3),
        ("severe pain", 0.35), ("dolor intenso", 0.35), ("pregnant and bleeding", 0.85), ("vomiting blood", 0.8),
    ].compactMap { TriageTerm($0, weight: $1) }
}
