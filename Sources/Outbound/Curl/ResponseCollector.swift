/// Gathers an answer from libcurl's callbacks, within limits.
struct ResponseCollector {
    private let maximumHeadBytes: Int
    private let maximumBodyBytes: Int
    private var headBytes = 0
    private var isHeadComplete = false
    private(set) var headers: [HeaderField] = []
    private(set) var body: [UInt8] = []
    /// Why the transfer was stopped from here.
    private(set) var failure: OutboundFailure?

    init(limits: OutboundLimits) {
        maximumHeadBytes = limits.maximumHeadBytes
        maximumBodyBytes = limits.maximumBodyBytes
    }

    /// Takes one whole header line with its line end; false stops the transfer.
    ///
    /// libcurl also delivers interim answers (1xx), whose lines are forgotten when the next status line comes, and
    /// trailers, which are not kept.
    mutating func takeHeaderLine(_ line: [UInt8]) -> Bool {
        headBytes += line.count
        guard headBytes <= maximumHeadBytes else {
            failure = .headTooLarge
            return false
        }
        guard body.isEmpty else { return true }
        if line.starts(with: "HTTP/".utf8) {
            headers.removeAll()
            return true
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let name = String(decoding: line[..<colon], as: UTF8.self)
        var value = line[line.index(after: colon)...]
        while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
        while let last = value.last, last <= 0x20 { value.removeLast() }
        headers.append(HeaderField(name, String(decoding: value, as: UTF8.self)))
        return true
    }

    /// Takes bytes of the body, at most 16 KiB at a time; false stops the transfer.
    mutating func takeBody(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= maximumBodyBytes - body.count else {
            failure = .responseTooLarge
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }
}
