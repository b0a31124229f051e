/// What the hub looks for on a form, besides its text: the fields of `parsed_json`.
package enum IntakeField: String, CaseIterable, Hashable, Sendable {
    case fullName
    case dateOfBirth
    case insuranceID = "insuranceId"
    case phone
    case reason
    case allergies

    /// How forms call it, in English and Spanish, the longest first; folded words.
    var labels: [[String]] {
        let phrases: [String] =
            switch self {
            case .fullName:
                [
                    "full name", "patient name", "name of patient", "nombre completo", "nombre del paciente", "name",
                    "nombre",
                ]
            case .dateOfBirth: ["date of birth", "birth date", "fecha de nacimiento", "dob", "born"]
            case .insuranceID:
                [
                    "insurance id", "insurance number", "insurance no", "policy number", "member id",
                    "numero de seguro", "numero de poliza", "insurance", "seguro",
                ]
            case .phone: ["phone number", "phone", "telephone", "telefono", "mobile", "celular"]
            case .reason:
                [
                    "reason for visit", "reason for your visit", "motivo de la consulta", "motivo de consulta",
                    "chief complaint", "symptoms", "sintomas", "reason", "motivo",
                ]
            case .allergies: ["known allergies", "allergies", "alergias"]
            }
        return phrases.map { $0.split(separator: " ").map(String.init) }
    }

    /// The most characters that are kept of it.
    var maximumLength: Int {
        switch self {
        case .fullName: 200
        case .dateOfBirth, .insuranceID, .phone: 100
        case .reason, .allergies: 2_000
        }
    }

    /// Whether lines below its own may go on with it.
    var spansLines: Bool { self == .reason || self == .allergies }
}

/// What was read of one field.
package struct ReadField: Equatable, Sendable {
    package let field: IntakeField
    /// Without card numbers.
    package let value: PHI<String>
    /// 0 to 1, of its own words.
    package let confidence: Double
    /// Whether it is what the field is for: of a date of birth, one date and no other.
    package let isPlausible: Bool

    package init(_ field: IntakeField, text: String, confidence: Double) {
        self.field = field
        value = PHI(text)
        self.confidence = confidence
        isPlausible = field != .dateOfBirth || FormDate.reading(text) != nil
    }
}
