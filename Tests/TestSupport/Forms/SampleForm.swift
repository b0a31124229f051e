import Clinic

/// A scanned form that the tests draw themselves, and what must become of it.
package struct SampleForm: Sendable, CustomStringConvertible {
    /// How well it was scanned.
    package enum Scan: String, CaseIterable, Sendable {
        case typed, skewed, noisy, poor
    }

    package let number: Int
    package let scan: Scan
    package let lines: [String]
    package let fullName: String
    package let dateOfBirth: String
    /// Its digits; nil for a form without a card number.
    package let cardNumber: String?
    package let isEmergency: Bool
    /// Whether it lacks something that a patient cannot be registered without.
    package let isIncomplete: Bool

    package var description: String {
        "form \(number) \(scan.rawValue)\(cardNumber == nil ? "" : " card")\(isEmergency ? " emergency" : "")"
            + (isIncomplete ? " incomplete" : "")
    }

    /// So many forms, always the same for a seed: every kind of scan, a card number on every third, an emergency on every
    /// fourth, something missing on every seventh; of the poor scans none is legible.
    package static func series(_ count: Int, seed: UInt64 = 1, legible: Bool = false) -> [SampleForm] {
        var generator = Generator(state: seed)
        return (0..<count).map { number in
            let kinds: [Scan] =
                legible ? [.typed, .skewed, .noisy] : [.typed, .skewed, .noisy, .typed, .skewed, .noisy, .poor]
            return SampleForm(number, scan: kinds[number % kinds.count], &generator)
        }
    }

    private init(_ number: Int, scan: Scan, _ generator: inout Generator) {
        self.number = number
        self.scan = scan
        fullName = "\(Self.names.pick(&generator)) \(Self.surnames.pick(&generator))"
        dateOfBirth = "\(1_930 + generator.below(80))-0\(1 + generator.below(9))-\(10 + generator.below(18))"
        isEmergency = number % 4 == 1
        isIncomplete = number % 7 == 4
        cardNumber = number % 3 == 0 ? Self.cards.pick(&generator) : nil
        let reason = (isEmergency ? Self.emergencies : Self.complaints).pick(&generator)
        var lines = ["CLINIC INTAKE FORM", "", "Full name: \(fullName)"]
        if !isIncomplete { lines.append("Date of birth: \(dateOfBirth)") }
        lines += ["Insurance ID: INS-\(1_000 + generator.below(9_000))-\(1_000 + generator.below(9_000))", ""]
        lines.append("Reason for visit: \(reason)")
        if let cardNumber {
            let separator = [" ", "-", "", "  "].pick(&generator)
            let label = ["Payment card:", "Card no.", "Please charge", "VISA/MC"].pick(&generator)
            lines.append("\(label) \(Self.grouped(cardNumber, by: separator)) exp 12/27")
        }
        lines += ["Allergies: none", "Signature: ____________"]
        self.lines = lines
    }

    private static func grouped(_ digits: String, by separator: String) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, index % 4 == 0 { text += separator }
            text.append(digit)
        }
        return text
    }

    private static let names = [
        "Maria", "Jose", "Ana", "Carlos", "Lucia", "Peter", "Hannah", "David", "Sofia", "Thomas",
    ]
    private static let surnames = [
        "Lopez", "Garcia", "Miller", "Brown", "Rojas", "Martin", "Keller", "Silva", "Young", "Moreno",
    ]
    private static let complaints = [
        "sore throat since Monday", "routine check of blood pressure", "renewal of a prescription",
        "pain in the left knee",
        "vaccination before a journey", "rash on both arms",
    ]
    private static let emergencies = [
        "sudden crushing chest pain", "shortness of breath and blue lips", "unconscious for two minutes this morning",
        "severe bleeding from the leg", "slurred speech and facial droop", "severe allergic reaction after lunch",
        "seizure an hour ago", "vomiting blood since last night",
    ]
    /// Numbers that the networks publish for tests.
    private static let cards = [
        "4111111111111111", "5555555555554444", "4012888888881881", "5105105105105100", "6011111111111117",
        "4242424242424242", "2223003122003222", "6011000990139424",
    ]

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }

        mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    }
}

extension Array {
    fileprivate func pick(_ generator: inout some RandomNumberGenerator) -> Element {
        self[Int(generator.next() % UInt64(count))]
    }
}
