/// Finds payment card numbers (PANs) in text that a machine read, before any of it is stored (PCI DSS requirement 3).
///
/// A number counts if its prefix and length belong to a network and its check digit is right. It is found however it was
/// written: solid, in groups parted by blanks, dashes, dots or line ends, in other scripts' digits, and with the letters
/// that OCR takes for digits (`O` for 0, `l` for 1, …), as long as two thirds of it are real digits. What is in doubt is
/// taken for a card number: a clerk can type an insurance number again, nobody can call a card number back.
package struct CardNumberScanner: Sendable {
    /// A number found: where, and its last four digits, which may be kept (PCI DSS 3.4.1).
    package struct Finding: Hashable, Sendable {
        /// Scalars' positions within the text, from the first digit to behind the last.
        package let range: Range<Int>
        package let network: CardNetwork
        /// Four digits.
        package let lastFour: String
    }

    /// A text whose card numbers were replaced.
    package struct Redaction: Hashable, Sendable {
        package let text: String
        package let findings: [Finding]
    }

    package init() {}

    /// The card numbers of a text, in order, none overlapping another. Linear in the text's length.
    package func findings(in text: String) -> [Finding] { findings(in: Array(text.unicodeScalars)) }

    /// The text with `[card ending 1111]` in the place of each number.
    package func redact(_ text: String) -> Redaction {
        let scalars = Array(text.unicodeScalars)
        let findings = findings(in: scalars)
        var result = String.UnicodeScalarView()
        var next = 0
        for finding in findings {
            result.append(contentsOf: scalars[next..<finding.range.lowerBound])
            result.append(contentsOf: "[card ending \(finding.lastFour)]".unicodeScalars)
            next = finding.range.upperBound
        }
        result.append(contentsOf: scalars[next...])
        return Redaction(text: String(result), findings: findings)
    }

    private func findings(in scalars: [Unicode.Scalar]) -> [Finding] {
        var findings: [Finding] = []
        var position = 0
        while position < scalars.count {
            let run = DigitRun(of: scalars, from: position)
            if run.digits.count >= DigitRun.shortest { findings += numbers(in: run) }
            position = max(run.end, position + 1)
        }
        return findings
    }

    /// The numbers in a run, taken from the left, at each place the longest: what is cut off a longer one would remain.
    private func numbers(in run: DigitRun) -> [Finding] {
        var findings: [Finding] = []
        var start = 0
        while start + DigitRun.shortest <= run.digits.count {
            if let (network, length) = number(in: run, at: start) {
                let digits = run.digits[start..<start + length]
                findings.append(
                    Finding(
                        range: run.positions[start]..<run.positions[start + length - 1] + 1, network: network,
                        lastFour: digits.suffix(4).map { String($0) }.joined()))
                start += length
            } else {
                start += 1
            }
        }
        return findings
    }

    private func number(in run: DigitRun, at start: Int) -> (network: CardNetwork, length: Int)? {
        let prefix = run.digits[start..<start + 6].reduce(0) { $0 * 10 + Int($1) }
        for length in (DigitRun.shortest...DigitRun.longest).reversed() where start + length <= run.digits.count {
            guard run.mayHoldNumber(from: start, length: length),
                let network = CardNetwork(prefix: prefix, length: length),
                LuhnCheck.holds(run.digits[start..<start + length])
            else { continue }
            return (network, length)
        }
        return nil
    }
}
