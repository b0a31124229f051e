import Clinic
import Testing

@Suite("What is made of a form")
struct FormReadingTests {
    /// A form as the machine reads it, line by line.
    private func text(_ lines: String..., confidence: Double = 0.95) -> RecognizedText {
        var words: [RecognizedText.Word] = []
        for (index, line) in lines.enumerated() {
            words += line.split(separator: " ").map {
                RecognizedText.Word(String($0), confidence: confidence, line: index)
            }
        }
        return RecognizedText(words)
    }

    private func values(_ reading: FormReading) -> [IntakeField: String] {
        Dictionary(uniqueKeysWithValues: reading.fields.map { ($0.field, $0.value.disclosed(to: .clinicScreens)) })
    }

    @Test("Fields are found by their labels, in both languages, beside or below them")
    func fields() {
        let english = FormReading(
            text(
                "CLINIC INTAKE FORM", "Full name: Maria Fernanda Lopez", "Date of birth: 1984-03-27",
                "Insurance ID: INS-4471-9920", "Phone: +57 300 123 4567", "Reason for visit: Sore throat since",
                "Monday",
                "Allergies: none"))
        #expect(
            values(english) == [
                .fullName: "Maria Fernanda Lopez", .dateOfBirth: "1984-03-27", .insuranceID: "INS-4471-9920",
                .phone: "+57 300 123 4567", .reason: "Sore throat since Monday", .allergies: "none",
            ])
        #expect(english.reasons == [])
        let spanish = FormReading(
            text(
                "Nombre completo:", "José Núñez", "Fecha de nacimiento: 27/03/1984 Teléfono: 300 1234567",
                "Motivo de la consulta: fiebre"))
        #expect(
            values(spanish) == [
                .fullName: "José Núñez", .dateOfBirth: "27/03/1984", .phone: "300 1234567", .reason: "fiebre",
            ])
    }

    @Test("A label that was misread by a letter is one; a word that is none is not")
    func labels() {
        #expect(values(FormReading(text("Fu1l name: x", "Insuranca ID: 7")))[.insuranceID] == "7")
        #expect(values(FormReading(text("My name is no label: Bob"))).isEmpty)
    }

    @Test("A card number is gone from every field, also one over two words or lines, and is counted")
    func cards() {
        let reading = FormReading(
            text(
                "Full name: Ann Lee", "Date of birth: 1990-01-01", "Reason for visit: pay with 4111 1111",
                "1111 1111 exp 12/27", "Insurance ID: 5555-5555-5555-4444"))
        let all = values(reading).values.joined(separator: " ")
        #expect(reading.cardNumbers == 2)
        #expect(!all.contains("1111 1111") && !all.contains("5555"))
        #expect(all.contains("[card ending 1111]") && all.contains("[card ending 4444]"))
    }

    @Test(
        "A card number that was misread is taken for one",
        arguments: [
            "4111 1111 1111 1112", "4111 1111 111 1111", "4111 1111 11111111", "3782 822463 10006", "4111111111111112",
        ])
    func misread(_ number: String) {
        let reading = FormReading(text("Reason for visit: card \(number) please"))
        let digits = values(reading).values.joined().filter(\.isNumber)
        #expect(reading.cardNumbers == 1)
        #expect(digits.count <= 4)
    }

    @Test("Phones, dates and insurance numbers are not taken for cards")
    func innocent() {
        let reading = FormReading(
            text(
                "Full name: Ann Lee", "Date of birth: 1990-01-01", "Phone: +57 300 123 4567 +57 301 765 4321",
                "Insurance ID: 9876-5432-1098-7654", "Reason for visit: BP 120/80 HR 72 on 2026-11-21 10:15"))
        #expect(reading.cardNumbers == 0)
    }

    @Test("An emergency has an urgency by its score, also where the scan is smudged")
    func emergency() {
        let critical = FormReading(text("Reason for visit: sudden crushing chest pain"))
        #expect(critical.isEmergency && critical.urgency == .critical)
        let urgent = FormReading(text("Reason for visit: difficulty breathing"))
        #expect(urgent.isEmergency && urgent.urgency == .urgent)
        let smudged = FormReading(text("Reason for visit: cru5hing ches1 pain", confidence: 0.6))
        #expect(smudged.isEmergency)
        #expect(smudged.reasons.contains(.lowConfidence))
        // What was read for certain is not bent into an emergency.
        #expect(!FormReading(text("Reason for visit: cooking class")).isEmergency)
    }

    @Test("A denied sign is no emergency, but somebody should look")
    func denied() {
        let reading = FormReading(
            text("Full name: A B", "Date of birth: 1990-01-01", "Reason for visit: check-up, no chest pain"))
        #expect(!reading.isEmergency)
        #expect(reading.reasons == [.possibleEmergency])
    }

    @Test("A form is reviewed where a needed field is missing, unsure, or no such thing")
    func review() {
        #expect(FormReading(text("Full name: Ann Lee")).reasons == [.fieldMissing])
        #expect(FormReading(text("Full name: Ann Lee", "Date of birth: 1990-13-45")).reasons == [.fieldUnsure])
        #expect(FormReading(text("Full name: Ann Lee", "Date of birth: 03/04/1990")).reasons == [.fieldUnsure])
        #expect(FormReading(RecognizedText([])).reasons == [.lowConfidence, .fieldMissing])
    }

    @Test("Dates are read in the ways of both continents, and not where they may be two")
    func dates() {
        let date = CalendarDate("1984-03-27")
        for text in ["1984-03-27", "27/03/1984", "27.3.1984", "3/27/1984", "27 03 1984"] {
            #expect(FormDate.reading(text) == date, "\(text)")
        }
        #expect(FormDate.reading("04/04/1990") == CalendarDate("1990-04-04"))
        for text in ["03/04/1990", "1990-02-30", "27/03/84", "", "x/y/1990", "1/2/3/1990"] {
            #expect(FormDate.reading(text) == nil, "\(text)")
        }
    }

    @Test("The machine's table is read by lines; anything else is refused")
    func table() throws {
        let head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
        let rows =
            "1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96.5\tFull\n"
            + "5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t80\tname:\n5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t50\t  \n5\t1\t1\t2\t1\t1\t0\t0\t9\t9\t50\tÑ\n"
        let text = try #require(RecognizedText(tsv: Array((head + rows).utf8)))
        #expect(text.text == "Full name:\nÑ")
        #expect(text.words.map(\.line) == [0, 0, 1])
        #expect(abs(text.words[0].confidence - 0.965) < 0.000_1)
        #expect(RecognizedText(tsv: Array(head.utf8))?.words.isEmpty == true)
        for broken in ["", "text\n", head + "5\t1\n", head + rows.replacing("96.5", with: "x")] {
            #expect(RecognizedText(tsv: Array(broken.utf8)) == nil)
        }
        #expect(RecognizedText(tsv: Array((head + rows).utf8), maximumWords: 2) == nil)
    }
}
