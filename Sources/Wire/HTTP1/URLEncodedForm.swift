/// Names and values of a query or of an `application/x-www-form-urlencoded` body, in order, repeated names kept
/// (WHATWG URL §5.1).
package struct URLEncodedForm: Equatable, Sendable {
    /// One name and its value, both decoded.
    package struct Pair: Equatable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The pairs as they were sent.
    package private(set) var pairs: [Pair] = []

    /// Pairs that one form may have.
    package static let maximumPairs = 512

    /// No pairs.
    package init() {}

    /// Pairs to be written by `encoded`.
    package init(_ pairs: [Pair]) {
        self.pairs = pairs
    }

    /// Reads `a=1&b=x+y%21`. Nil where an escape is malformed, the decoded text is not UTF-8 or holds U+0000, or there
    /// are more than `maximumPairs`: the caller answers 400.
    package init?(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    /// Reads a part of a message; the rules of `init(_: [UInt8])` hold.
    package init?(_ bytes: ArraySlice<UInt8>) {
        for part in bytes.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < Self.maximumPairs else { return nil }
            let middle = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = PercentCoding.decode(part[..<middle], plusIsSpace: true),
                let value = PercentCoding.decode(part[middle...].dropFirst(), plusIsSpace: true)
            else { return nil }
            pairs.append(Pair(name: name, value: value))
        }
    }

    /// The value of the first pair of that name, or nil. Names are compared exactly.
    package subscript(_ name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// The values of all pairs of that name, in order.
    package func all(_ name: String) -> [String] {
        pairs.filter { $0.name == name }.map(\.value)
    }

    /// Adds a pair.
    package mutating func append(_ name: String, _ value: String) {
        pairs.append(Pair(name: name, value: value))
    }

    /// The form as it is sent.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for pair in pairs {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            PercentCoding.encode(pair.name, into: &bytes, spaceIsPlus: true)
            bytes.append(UInt8(ascii: "="))
            PercentCoding.encode(pair.value, into: &bytes, spaceIsPlus: true)
        }
        return bytes
    }
}
