extension TimeZoneRules {
    /// The most bytes of a file; the largest of 2025 has 3.6 KiB.
    package static let maximumBytes = 65_536

    /// Reads a TZif file of any version (RFC 8536 §3); `nil` for one that is cut, contradicts itself, or counts leap
    /// seconds, as those under `right/` do.
    package init?(tzif bytes: [UInt8]) {
        guard bytes.count <= Self.maximumBytes, let old = Header(bytes, at: 0) else { return nil }
        guard old.version >= UInt8(ascii: "2") else {
            self.init(bytes, old, timeBytes: 4)
            return
        }
        // The first block is for readers of version 1; the second one has 64 bits.
        guard let header = Header(bytes, at: old.end(timeBytes: 4)) else { return nil }
        self.init(bytes, header, timeBytes: 8)
    }

    private init?(_ bytes: [UInt8], _ header: Header, timeBytes: Int) {
        let end = header.end(timeBytes: timeBytes)
        guard header.types > 0, header.leaps == 0, end <= bytes.count else { return nil }
        let times = header.start
        let indices = times + header.times * timeBytes
        let types = indices + header.times
        var offsets: [Int32] = []
        for type in 0..<header.types {
            let offset = bytes.bigEndian(at: types + type * 6, count: 4)
            guard abs(offset) < Self.widestOffset else { return nil }
            offsets.append(Int32(offset))
        }
        var transitions: [Int64] = []
        var following: [Int32] = []
        for index in 0..<header.times {
            let time = bytes.bigEndian(at: times + index * timeBytes, count: timeBytes)
            let type = Int(bytes[indices + index])
            guard type < offsets.count, transitions.last.map({ $0 < time }) ?? true else { return nil }
            transitions.append(time)
            following.append(offsets[type])
        }
        var footer: PosixZone?
        if timeBytes == 8 {
            guard let text = Self.footer(bytes[end...]) else { return nil }
            if !text.isEmpty {
                guard let zone = PosixZone(text) else { return nil }
                footer = zone
            }
        }
        self.init(transitions: transitions, offsets: following, first: offsets[0], footer: footer)
    }

    /// The text between the two line ends that close a file.
    private static func footer(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard bytes.first == 0x0A, let end = bytes.dropFirst().firstIndex(of: 0x0A) else { return nil }
        return bytes[(bytes.startIndex + 1)..<end]
    }

    /// RFC 8536 §3.1.
    private struct Header {
        let version: UInt8
        /// Where the block begins.
        let start: Int
        let isUTCs: Int
        let isStandards: Int
        let leaps: Int
        let times: Int
        let types: Int
        let characters: Int

        init?(_ bytes: [UInt8], at position: Int) {
            guard position >= 0, bytes.count >= 44, position <= bytes.count - 44,
                bytes[position..<(position + 4)].elementsEqual("TZif".utf8)
            else { return nil }
            version = bytes[position + 4]
            start = position + 44
            func count(_ index: Int) -> Int { Int(bytes.unsigned(at: position + 20 + index * 4, count: 4)) }
            isUTCs = count(0)
            isStandards = count(1)
            leaps = count(2)
            times = count(3)
            types = count(4)
            characters = count(5)
            guard max(isUTCs, isStandards, leaps, times, types, characters) <= TimeZoneRules.maximumBytes else {
                return nil
            }
        }

        func end(timeBytes: Int) -> Int {
            start + times * (timeBytes + 1) + types * 6 + characters + leaps * (timeBytes + 4) + isStandards + isUTCs
        }
    }
}

extension [UInt8] {
    /// Whoever calls has compared the place with `count`.
    fileprivate func unsigned(at position: Int, count: Int) -> UInt64 {
        self[position..<(position + count)].reduce(0) { ($0 << 8) | UInt64($1) }
    }

    /// Two's complement of 4 or 8 bytes.
    fileprivate func bigEndian(at position: Int, count: Int) -> Int64 {
        let value = unsigned(at: position, count: count)
        return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }
}
