/// The request target taken apart (RFC 9112 §3.2): `/path?query`, `http://host/path?query`, or `*` for OPTIONS.
struct RequestTarget: Equatable {
    /// Decoded; always begins with a slash, except for `*`.
    let path: String
    /// The query as sent, without the question mark; empty where there is none.
    let rawQuery: String
    let query: URLEncodedForm
    /// The authority of an absolute target.
    let authority: String?

    /// Refuses dot segments, encoded slashes, backslashes and control characters in the path, in any spelling, so that
    /// no later decoding or joining can lead elsewhere.
    init(_ target: [UInt8], method: HTTPMethod) throws(HTTPParseError) {
        if target == [UInt8(ascii: "*")] {
            guard method == .options else { throw .malformedTarget }
            path = "*"
            rawQuery = ""
            query = URLEncodedForm()
            authority = nil
            return
        }
        let (authority, rest) = try Self.splitAuthority(target)
        let mark = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        let rawQuery = rest[mark...].dropFirst()
        guard rawQuery.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }),
            let query = URLEncodedForm(rawQuery)
        else { throw .malformedTarget }
        path = try Self.path(rest[..<mark])
        self.rawQuery = String(decoding: rawQuery, as: UTF8.self)
        self.query = query
        self.authority = authority
    }

    private static func splitAuthority(
        _ target: [UInt8]
    ) throws(HTTPParseError) -> (authority: String?, rest: ArraySlice<UInt8>) {
        if target.first == UInt8(ascii: "/") { return (nil, target[...]) }
        for scheme in ["http://", "https://"] {
            let prefix = String(decoding: target.prefix(scheme.utf8.count), as: UTF8.self)
            guard equalsIgnoringCase(prefix, scheme) else { continue }
            let rest = target.dropFirst(scheme.utf8.count)
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            let authority = String(decoding: rest[..<end], as: UTF8.self)
            guard isValidHost(authority) else { throw .malformedTarget }
            return (authority, rest[end...])
        }
        throw .malformedTarget
    }

    private static func path(_ raw: ArraySlice<UInt8>) throws(HTTPParseError) -> String {
        if raw.isEmpty { return "/" }
        guard raw.allSatisfy({ isPathByte($0) || $0 == UInt8(ascii: "%") }) else {
            throw raw.contains(UInt8(ascii: "\\")) ? .forbiddenPath : .malformedTarget
        }
        var path = ""
        for segment in raw.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let decoded = PercentCoding.decode(segment) else { throw .malformedTarget }
            let isSafe = decoded.utf8.allSatisfy {
                $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 && $0 != 0x7F
            }
            guard isSafe, decoded != ".", decoded != ".." else { throw .forbiddenPath }
            path += "/"
            path += decoded
        }
        return path
    }
}

/// True for `host` or `host:port` of RFC 9110 §7.2: a name, an IPv4 or a bracketed IPv6 address; never empty.
func isValidHost(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    let name: ArraySlice<UInt8>
    let rest: ArraySlice<UInt8>
    if bytes.first == UInt8(ascii: "[") {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "]")), end > 1 else { return false }
        guard
            bytes[1..<end].allSatisfy({
                hexadecimalDigit($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            })
        else { return false }
        (name, rest) = (bytes[...end], bytes[(end + 1)...])
    } else {
        let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        (name, rest) = (bytes[..<end], bytes[end...])
        let isName = name.allSatisfy {
            isTokenByte($0) && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "|") && $0 != UInt8(ascii: "^")
                && $0 != UInt8(ascii: "`")
        }
        guard isName else { return false }
    }
    guard !name.isEmpty else { return false }
    guard let colon = rest.first else { return true }
    let port = rest.dropFirst()
    return colon == UInt8(ascii: ":") && port.count <= 5 && port.allSatisfy(isDigit)
}
