/// Numbers that are the same for the same seed, so that a failing run can be repeated (SplitMix64).
package struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True so many times in a million.
    package mutating func happens(_ perMillion: Int) -> Bool {
        perMillion > 0 && Int(truncatingIfNeeded: next() % 1_000_000) < perMillion
    }

    package mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(truncatingIfNeeded: next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    package mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(number(range)) }

    package mutating func microseconds(_ range: ClosedRange<Int>) -> Duration { .microseconds(number(range)) }

    /// 0 up to 1.
    package mutating func share() -> Double { Double(next() >> 11) / Double(UInt64(1) << 53) }

    /// One of the values, which must not be none.
    package mutating func pick<Value>(_ values: [Value]) -> Value { values[number(0...(values.count - 1))] }
}
