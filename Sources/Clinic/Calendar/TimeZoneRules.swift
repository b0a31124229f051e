/// When the clocks of a zone show what: the content of a TZif file (RFC 8536), such as `/usr/share/zoneinfo/Europe/Berlin`.
///
/// Pure: whoever uses it reads the file. Moments are whole seconds; leap seconds are not counted.
package struct TimeZoneRules: Equatable, Sendable {
    /// Moments at which the offset changes, ascending, in seconds since 1970 UTC.
    let transitions: [Int64]
    /// The offset from each transition on, in seconds east of UTC; as many as `transitions`.
    let offsets: [Int32]
    /// The offset before the first transition.
    let first: Int32
    /// What holds after the last transition; without one its offset does.
    let footer: PosixZone?

    /// Offsets are less than this; RFC 8536 §3.2 wants −25 h to +26 h.
    static let widestOffset: Int64 = 26 * 3_600

    /// Always UTC.
    package static let utc = TimeZoneRules(transitions: [], offsets: [], first: 0, footer: nil)

    /// Seconds east of UTC at this moment.
    package func offset(at moment: Timestamp) -> Int64 { segment(at: moment.wholeSeconds).offset }

    /// What the wall shows at this moment, to the second.
    package func local(at moment: Timestamp) -> LocalTime {
        let second = moment.wholeSeconds
        return LocalTime(seconds: second + segment(at: second).offset)
    }

    /// The first moment at which the wall shows this time or a later one.
    ///
    /// So a time that the clocks skip is the moment at which they skip it, a time that they show twice is the first of
    /// the two, and a later time is never an earlier moment.
    package func moment(of local: LocalTime) -> Timestamp {
        var start = local.seconds - Self.widestOffset
        // Far more than the changes that any zone has had within two days.
        for _ in 0..<64 {
            let segment = segment(at: start)
            let candidate = max(start, local.seconds - segment.offset)
            guard let end = segment.end, candidate >= end else { return Timestamp(seconds: candidate) }
            start = end
        }
        return Timestamp(seconds: start)
    }

    /// The offset at this second, and the second at which it may become another.
    private func segment(at second: Int64) -> (offset: Int64, end: Int64?) {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= second { low = middle + 1 } else { high = middle }
        }
        if low < transitions.count {
            return (Int64(low == 0 ? first : offsets[low - 1]), transitions[low])
        }
        if let footer { return footer.segment(at: second) }
        return (Int64(low == 0 ? first : offsets[low - 1]), nil)
    }
}

extension Timestamp {
    /// Whole seconds since 1970, rounded towards the past.
    var wholeSeconds: Int64 { microseconds.quotientFloored(by: 1_000_000) }

    /// Held at the ends of the range.
    init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        self.init(microseconds: overflow ? (seconds < 0 ? .min : .max) : product)
    }
}
