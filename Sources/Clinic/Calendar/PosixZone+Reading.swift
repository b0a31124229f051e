extension PosixZone {
    /// Reads the whole text; `nil` where it is not as POSIX has it.
    init?(_ text: some Collection<UInt8>) {
        var reader = PosixZoneReader(Array(text))
        guard reader.name(), let standard = reader.offset(), abs(standard) < TimeZoneRules.widestOffset else {
            return nil
        }
        self.standard = -standard
        guard !reader.isAtEnd else {
            summer = nil
            return
        }
        guard reader.name() else { return nil }
        var offset = -standard + 3_600
        if !reader.isAt(",") {
            guard let given = reader.offset() else { return nil }
            offset = -given
        }
        guard reader.skip(","), let begins = reader.change(), reader.skip(","), let ends = reader.change(),
            reader.isAtEnd, abs(offset) < TimeZoneRules.widestOffset
        else { return nil }
        summer = Summer(offset: offset, begins: begins, ends: ends)
    }
}

/// Reads the parts of a POSIX zone from the left.
private struct PosixZoneReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    func isAt(_ character: Unicode.Scalar) -> Bool {
        position < bytes.count && UInt32(bytes[position]) == character.value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        position += 1
        return true
    }

    /// `CET`, or `<+0545>`; what it says does not matter.
    mutating func name() -> Bool {
        let start = position
        if skip("<") {
            while position < bytes.count, !isAt(">") { position += 1 }
            return skip(">")
        }
        while position < bytes.count, (bytes[position] | 0x20) >= UInt8(ascii: "a"),
            (bytes[position] | 0x20) <= UInt8(ascii: "z")
        {
            position += 1
        }
        return position - start >= 3
    }

    /// Seconds of `[+-]h[h[h]][:mm[:ss]]`.
    mutating func offset() -> Int64? {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        guard var seconds = number(upTo: 167).map({ $0 * 3_600 }) else { return nil }
        for unit: Int64 in [60, 1] where skip(":") {
            guard let part = number(upTo: 59) else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `M3.5.0/2`, `J60`, `59/26`.
    mutating func change() -> PosixZone.Change? {
        guard let day = day() else { return nil }
        guard skip("/") else { return PosixZone.Change(day: day, second: 7_200) }
        return offset().map { PosixZone.Change(day: day, second: $0) }
    }

    private mutating func day() -> PosixZone.Change.Day? {
        if skip("M") {
            guard let month = number(upTo: 12), month > 0, skip("."), let week = number(upTo: 5), week > 0, skip("."),
                let weekday = number(upTo: 6)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
        if skip("J") {
            guard let day = number(upTo: 365), day > 0 else { return nil }
            return .julian(day)
        }
        return number(upTo: 365).map { .zeroBased($0) }
    }

    private mutating func number(upTo limit: Int64) -> Int64? {
        let start = position
        var value: Int64 = 0
        while position < bytes.count, position - start < 3,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
        {
            value = value * 10 + Int64(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        return position > start && value <= limit ? value : nil
    }
}
