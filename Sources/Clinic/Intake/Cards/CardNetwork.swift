/// A network of payment cards, told by the leading digits of its numbers (issuer identification numbers, ISO/IEC 7812-1).
package enum CardNetwork: String, CaseIterable, Hashable, Sendable {
    case visa, mastercard, americanExpress, discover, dinersClub, jcb, unionPay, maestro, mir, rupay, elo

    /// The network that a number of so many digits could be of; nil if its prefix or its length belongs to none.
    ///
    /// - Parameter prefix: the first six digits as a number.
    package init?(prefix: Int, length: Int) {
        guard let range = Self.ranges.first(where: { $0.prefixes.contains(prefix) && $0.lengths.contains(length) })
        else { return nil }
        self = range.network
    }

    /// The network whose numbers begin so, whatever their length.
    package init?(prefix: Int) {
        guard let range = Self.ranges.first(where: { $0.prefixes.contains(prefix) }) else { return nil }
        self = range.network
    }

    private struct IssuerRange {
        let network: CardNetwork
        let prefixes: ClosedRange<Int>
        let lengths: ClosedRange<Int>

        init(_ network: CardNetwork, _ prefixes: ClosedRange<Int>, _ lengths: ClosedRange<Int>) {
            self.network = network
            self.prefixes = prefixes
            self.lengths = lengths
        }
    }

    /// The networks' published ranges, by six digits. Where two overlap the one that is named first is taken: which
    /// network it is does not matter, that it is one does.
    private static let ranges: [IssuerRange] = [
        IssuerRange(.visa, 400_000...499_999, 13...13),
        IssuerRange(.visa, 400_000...499_999, 16...16),
        IssuerRange(.visa, 400_000...499_999, 19...19),
        IssuerRange(.mastercard, 510_000...559_999, 16...16),
        IssuerRange(.mastercard, 222_100...272_099, 16...16),
        IssuerRange(.americanExpress, 340_000...349_999, 15...15),
        IssuerRange(.americanExpress, 370_000...379_999, 15...15),
        IssuerRange(.discover, 601_100...601_199, 16...19),
        IssuerRange(.discover, 644_000...659_999, 16...19),
        IssuerRange(.dinersClub, 300_000...305_999, 14...19),
        IssuerRange(.dinersClub, 309_500...309_599, 14...19),
        IssuerRange(.dinersClub, 360_000...369_999, 14...19),
        IssuerRange(.dinersClub, 380_000...399_999, 14...19),
        IssuerRange(.jcb, 352_800...358_999, 16...19),
        IssuerRange(.unionPay, 620_000...629_999, 16...19),
        IssuerRange(.unionPay, 810_000...817_199, 16...19),
        IssuerRange(.mir, 220_000...220_499, 16...19),
        IssuerRange(.rupay, 600_000...601_099, 16...16),
        IssuerRange(.rupay, 817_200...829_999, 16...16),
        IssuerRange(.rupay, 508_000...508_999, 16...16),
        IssuerRange(.elo, 509_000...509_999, 16...16),
        IssuerRange(.elo, 636_297...636_368, 16...16),
        IssuerRange(.maestro, 501_800...501_899, 12...19),
        IssuerRange(.maestro, 502_000...502_099, 12...19),
        IssuerRange(.maestro, 503_800...503_899, 12...19),
        IssuerRange(.maestro, 560_000...589_999, 12...19),
        IssuerRange(.maestro, 630_400...630_499, 12...19),
        IssuerRange(.maestro, 639_000...639_099, 12...19),
        IssuerRange(.maestro, 670_000...679_999, 12...19),
    ]
}

/// The check digit of card numbers (ISO/IEC 7812-1 annex B, "Luhn").
package enum LuhnCheck {
    /// Whether the digits, 0 to 9 each, end in the right check digit. An empty sequence does not.
    package static func holds(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
        var sum = 0
        var isDoubled = false
        for digit in digits.reversed() {
            let value = Int(digit) * (isDoubled ? 2 : 1)
            sum += value > 9 ? value - 9 : value
            isDoubled.toggle()
        }
        return !digits.isEmpty && sum % 10 == 0
    }
}
