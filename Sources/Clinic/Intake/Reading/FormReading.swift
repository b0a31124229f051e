/// What the hub makes of a form that a machine has read: fields, score, and whether somebody should look. Pure: the same
/// words and rules give the same reading. Card numbers are taken out before anything else is looked at.
package struct FormReading: Equatable, Sendable {
    /// In the order of `IntakeField`.
    package let fields: [ReadField]
    /// 0 to 100 hundredths.
    package let confidence: Int
    /// How many card numbers were found.
    package let cardNumbers: Int
    package let score: EmergencyScore
    package let isEmergency: Bool
    /// The urgency of its alert; nil where it is no emergency.
    package let urgency: UrgencyLevel?
    /// Why it needs a person's look before the others; empty where it does not.
    package let reasons: [ReviewReason]

    package var requiresReview: Bool { !reasons.isEmpty }

    package init(_ text: RecognizedText, rules: IntakeRules = IntakeRules()) {
        let scrubbed = text.scrubbed()
        // What may still hold a number is thrown away, the signs of an emergency alone are kept.
        let kept = scrubbed.isClean ? scrubbed.text : RecognizedText([])
        let vocabulary = Set(rules.terms.flatMap { $0.phrase.split(separator: " ").map(String.init) })
        let score = EmergencyScorer(terms: rules.terms).score(scrubbed.text.corrected(to: vocabulary).text)
        let fields = FieldReader(kept).fields()
        self.fields = fields
        self.score = score
        confidence = Int((text.confidence * 100).rounded())
        cardNumbers = scrubbed.count
        isEmergency = score.isEmergency(from: rules.emergencyFrom)
        urgency = isEmergency ? (score.isEmergency(from: rules.criticalFrom) ? .critical : .urgent) : nil
        reasons = Self.reasons(fields, text.confidence, score, rules, isClean: scrubbed.isClean)
    }

    private static func reasons(
        _ fields: [ReadField], _ confidence: Double, _ score: EmergencyScore, _ rules: IntakeRules, isClean: Bool
    ) -> [ReviewReason] {
        var reasons: Set<ReviewReason> = []
        if !isClean { reasons.insert(.cardNumberRemains) }
        if confidence < rules.reviewBelow { reasons.insert(.lowConfidence) }
        for needed in IntakeRules.needed {
            guard let field = fields.first(where: { $0.field == needed }) else {
                reasons.insert(.fieldMissing)
                continue
            }
            if field.confidence < rules.reviewBelow || !field.isPlausible { reasons.insert(.fieldUnsure) }
        }
        if !score.isEmergency(from: rules.emergencyFrom),
            !score.denied.isEmpty || score.hundredths * 2 >= rules.emergencyFrom
        {
            reasons.insert(.possibleEmergency)
        }
        return ReviewReason.allCases.filter(reasons.contains)
    }
}

extension RecognizedText {
    /// The same with words of which the machine is unsure taken for those of a vocabulary that are one letter apart, so that
    /// a smudge does not hide an emergency.
    func corrected(to vocabulary: Set<String>) -> RecognizedText {
        var result = self
        for (index, word) in words.enumerated() where word.confidence < 0.8 {
            let folded = Likeness.withoutDigits(FoldedText(word.text).words.map(\.text).joined())
            guard !folded.isEmpty, !vocabulary.contains(folded) || folded != word.text else { continue }
            if vocabulary.contains(folded) {
                result.words[index].text = folded
            } else if let near = vocabulary.filter({ Likeness.isNear(folded, to: $0) }).min() {
                result.words[index].text = near
            }
        }
        return result
    }
}

/// Dates as people write them on forms.
package enum FormDate {
    /// `1984-03-27`, `27/03/1984`, `27.3.1984`, and `3/27/1984` where it can be nothing else; nil for what is no date, or may
    /// be two: those are for a person to decide.
    package static func reading(_ text: String) -> CalendarDate? {
        let parts = text.split(whereSeparator: { "-/. ".contains($0) })
        guard parts.count == 3, let numbers = Optional(parts.compactMap { Int64($0) }), numbers.count == 3 else {
            return nil
        }
        if parts[0].count == 4 { return CalendarDate(year: numbers[0], month: numbers[1], day: numbers[2]) }
        guard parts[2].count == 4 else { return nil }
        let dayFirst = CalendarDate(year: numbers[2], month: numbers[1], day: numbers[0])
        let monthFirst = CalendarDate(year: numbers[2], month: numbers[0], day: numbers[1])
        guard let dayFirst else { return monthFirst }
        return monthFirst == nil || monthFirst == dayFirst ? dayFirst : nil
    }
}
