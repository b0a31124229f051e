/// How forms are judged, as a clinic's operator sets it. A value.
package struct IntakeRules: Sendable {
    /// What looks like an emergency, and how strongly.
    package var terms: [TriageTerm]
    /// Hundredths of the score from which on a form is an emergency.
    package var emergencyFrom: Int
    /// Hundredths from which on its alert is CRITICAL instead of URGENT.
    package var criticalFrom: Int
    /// 0 to 1: a form, or a field that is needed, that was read with less needs a second look.
    package var reviewBelow: Double

    package init(
        terms: [TriageTerm] = EmergencyScorer.defaultTerms, emergencyFrom: Int = 70, criticalFrom: Int = 90,
        reviewBelow: Double = 0.80
    ) {
        self.terms = terms
        self.emergencyFrom = emergencyFrom
        self.criticalFrom = criticalFrom
        self.reviewBelow = reviewBelow
    }

    /// What a patient cannot be registered without.
    static let needed: [IntakeField] = [.fullName, .dateOfBirth]
}

/// Why a form should be looked at by a person before the others; the words of `extraction_results.flags`.
package enum ReviewReason: String, CaseIterable, Hashable, Sendable {
    /// The machine is not sure of the whole.
    case lowConfidence = "LOW_CONFIDENCE"
    /// It is not sure of a field that is needed, or the field is no such thing: a date that is none.
    case fieldUnsure = "FIELD_UNSURE"
    case fieldMissing = "FIELD_MISSING"
    /// Signs of an emergency that the form denies, or that do not suffice.
    case possibleEmergency = "POSSIBLE_EMERGENCY"
    /// A card number could not be taken out for certain: nothing of the text was kept.
    case cardNumberRemains = "CARD_NUMBER_REMAINS"
    /// The file could not be read at all; it has to be typed in.
    case unreadable = "UNREADABLE"
}
