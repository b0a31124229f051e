package import Clinic
import Database
import Wire

/// What a machine suggests of a form: sealed as a whole, since even which sign of an emergency was found is a patient's.
package struct FormSuggestions: Sendable, Equatable {
    package let fields: [ReadField]
    /// The terms that speak for an emergency, the weightiest first.
    package let found: [TriageTerm]
    /// Those that the form denies.
    package let denied: [TriageTerm]
    package let reasons: [ReviewReason]

    package init(_ reading: FormReading) {
        fields = reading.fields
        found = reading.score.found
        denied = reading.score.denied
        reasons = reading.reasons
    }

    // MARK: The stored form

    /// The text that is sealed.
    private var text: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field(
                "fields",
                object: { json in
                    for field in fields { json.field(field.field.rawValue, field.value.disclosed(to: .sealing)) }
                })
            Self.write("found", found, to: &json)
            Self.write("denied", denied, to: &json)
        }
        return json.bytes
    }

    private static func write(_ name: String, _ terms: [TriageTerm], to json: inout JSONWriter) {
        json.field(
            name,
            array: { json in
                for term in terms {
                    json.object { json in
                        json.field("phrase", term.phrase)
                        json.field("weight", term.weight)
                    }
                }
            })
    }

    /// The column's JSON: the sealed text, and in clear how sure the machine was of which field, and why somebody should look.
    func column(_ column: PHIVault.FormColumn, of form: IntakeFormID, _ vault: PHIVault) throws(StoreError) -> String {
        let sealed = try vault.seal(text, column, of: form)
        var json = JSONWriter()
        json.object { json in
            json.field("sealed", sealed)
            json.field(
                "confidences",
                object: { json in
                    for field in fields { json.field(field.field.rawValue, (field.confidence * 100).rounded() / 100) }
                })
            json.field("reasons", array: { json in for reason in reasons { json.string(reason.rawValue) } })
        }
        return json.text
    }

    /// Opens a column that `column` wrote.
    init(
        _ stored: [UInt8], _ column: PHIVault.FormColumn, of form: IntakeFormID, _ vault: PHIVault
    ) throws(StoreError) {
        do {
            let outer = try JSONReader.readObject(stored)
            let sealed = try outer.string("sealed")
            let confidences = try outer.object("confidences")
            reasons = try outer.strings("reasons").compactMap { ReviewReason(rawValue: $0) }
            let inner = try JSONReader.readObject(try vault.open(sealed, column, of: form))
            let texts = try inner.object("fields")
            var fields: [ReadField] = []
            for field in IntakeField.allCases {
                guard let text = try texts.optionalString(field.rawValue) else { continue }
                fields.append(ReadField(field, text: text, confidence: try confidences.number(field.rawValue)))
            }
            self.fields = fields
            found = try Self.terms("found", of: inner)
            denied = try Self.terms("denied", of: inner)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .database(.malformed(column.rawValue))
        }
    }

    private static func terms(_ name: String, of json: JSONObject) throws(JSONFieldError) -> [TriageTerm] {
        var terms: [TriageTerm] = []
        for object in try json.objects(name) {
            if let term = TriageTerm(try object.string("phrase"), weight: try object.number("weight")) {
                terms.append(term)
            }
        }
        return terms
    }
}
