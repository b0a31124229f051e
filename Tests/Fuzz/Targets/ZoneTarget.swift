import Clinic

extension FuzzTarget {
    /// A zone file: read or refused, and what was read answers for every moment without a trap.
    func checkZone(_ input: [UInt8]) throws(Finding) {
        guard let rules = TimeZoneRules(tzif: input) else { return }
        for microseconds in [Int64.min, -62_167_219_200_000_000, -1, 0, 1_795_169_730_123_456, .max] {
            let moment = Timestamp(microseconds: microseconds)
            try expect(abs(rules.offset(at: moment)) < 26 * 3_600, "an offset of a day and more")
            _ = rules.moment(of: rules.local(at: moment))
        }
    }
}
