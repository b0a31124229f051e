/// Card numbers that a machine has misread: one digit wrong, lost or doubled, and the check digit does not hold any more.
/// All but one of the digits are there, so what looks like a card number in its groups is taken for one.
extension CardNumberScanner {
    /// The card numbers of a text and what may have been one before it was read, in order, none overlapping another.
    package func suspicions(in text: String) -> [Finding] {
        let scalars = Array(text.unicodeScalars)
        let certain = findings(in: text)
        var suspicions = certain
        var position = 0
        while position < scalars.count {
            let run = DigitRun(of: scalars, from: position)
            for finding in Self.suspicions(in: run)
            where !suspicions.contains(where: { $0.range.overlaps(finding.range) }) {
                suspicions.append(finding)
            }
            position = max(run.end, position + 1)
        }
        return suspicions.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    private static func suspicions(in run: DigitRun) -> [Finding] {
        guard run.digits.count >= 13 else { return [] }
        let groups = run.groups
        var findings: [Finding] = []
        var index = 0
        while index < groups.count {
            guard let last = lastGroup(from: index, groups),
                let finding = finding(groups[index].lowerBound..<groups[last].upperBound, in: run)
            else {
                index += 1
                continue
            }
            findings.append(finding)
            index = last + 1
        }
        return findings
    }

    /// The last of the groups that look like a card number from there on: four by four, 4-6-5, or one solid group.
    private static func lastGroup(from first: Int, _ groups: [Range<Int>]) -> Int? {
        let sizes = groups[first...].prefix(5).map(\.count)
        if let size = sizes.first, size == 15 || size == 16 { return first }
        if sizes.count >= 3, sizes[0] == 4, abs(sizes[1] - 6) <= 1, abs(sizes[2] - 5) <= 1, sizes[1] + sizes[2] >= 10 {
            return first + 2
        }
        // Two groups may have been read as one.
        for count in [4, 3] where sizes.count >= count {
            let window = sizes.prefix(count)
            let whole = window.reduce(0, +)
            let fours = window.reduce(0) { $0 + ($1 == 4 ? 1 : $1 == 8 ? 2 : 0) }
            if fours >= 3, (15...17).contains(whole) { return first + count - 1 }
        }
        return nil
    }

    private static func finding(_ digits: Range<Int>, in run: DigitRun) -> Finding? {
        let number = run.digits[digits]
        let prefix = number.prefix(6).reduce(0) { $0 * 10 + Int($1) }
        guard let network = CardNetwork(prefix: prefix) else { return nil }
        return Finding(
            range: run.positions[digits.lowerBound]..<run.positions[digits.upperBound - 1] + 1, network: network,
            lastFour: number.suffix(4).map { String($0) }.joined())
    }
}

extension DigitRun {
    /// The digits' indices by groups that stand together.
    var groups: [Range<Int>] {
        var groups: [Range<Int>] = []
        var start = 0
        for index in digits.indices where index > 0 && positions[index] != positions[index - 1] + 1 {
            groups.append(start..<index)
            start = index
        }
        if !digits.isEmpty { groups.append(start..<digits.count) }
        return groups
    }
}
