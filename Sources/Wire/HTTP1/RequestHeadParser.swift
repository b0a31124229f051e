/// Takes a complete request head apart and checks it (RFC 9112 §3 and §5).
enum RequestHeadParser {
    /// The head whose lines each end with CR LF.
    static func parse(_ head: Span<UInt8>) throws(HTTPParseError) -> HTTPRequestHead {
        var requestLine: RequestLine?
        var fields = HTTPFields()
        try forEachLine(of: head) { (number, line) throws(HTTPParseError) in
            if number == 0 {
                requestLine = try RequestLine(line)
            } else {
                try appendFieldLine(line, to: &fields)
            }
        }
        guard let requestLine else { throw .malformedRequestLine }
        let target = try RequestTarget(requestLine.target, method: requestLine.method)
        if requestLine.version == .http11 {
            let expectations = fields.list("Expect")
            guard expectations.allSatisfy({ equalsIgnoringCase($0, "100-continue") }) else { throw .unmetExpectation }
        }
        return HTTPRequestHead(
            method: requestLine.method,
            rawTarget: String(decoding: requestLine.target, as: UTF8.self),
            path: target.path,
            query: target.query,
            version: requestLine.version,
            fields: fields,
            host: try host(fields, requestLine.version, authority: target.authority))
    }

    private static func host(
        _ fields: HTTPFields, _ version: HTTPVersion, authority: String?
    ) throws(HTTPParseError) -> String? {
        let hosts = fields.all("Host")
        guard let host = hosts.first else {
            guard version == .http10 else { throw .missingHost }
            return authority
        }
        guard hosts.count == 1 else { throw .duplicateHost }
        guard isValidHost(host) else { throw .malformedHost }
        // RFC 9112 §3.2.2 lets the target win; two different hosts are no honest client's, so they are refused.
        if let authority, !equalsIgnoringCase(authority, host) { throw .malformedHost }
        return host
    }
}

/// `method SP request-target SP HTTP-version`, with single spaces.
private struct RequestLine {
    let method: HTTPMethod
    let target: [UInt8]
    let version: HTTPVersion

    init(_ line: Span<UInt8>) throws(HTTPParseError) {
        var bytes: [UInt8] = []
        bytes.append(copying: line)
        let parts = bytes.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty, parts[0].allSatisfy(isTokenByte) else {
            throw .malformedRequestLine
        }
        version = try Self.version(Array(parts[2]))
        let name = String(decoding: parts[0], as: UTF8.self)
        guard let method = HTTPMethod(rawValue: name) else {
            throw name == "CONNECT" || name == "TRACE" ? .methodNotAllowed : .unknownMethod
        }
        self.method = method
        target = Array(parts[1])
    }

    private static func version(_ text: [UInt8]) throws(HTTPParseError) -> HTTPVersion {
        guard text.count == 8, text.starts(with: "HTTP/".utf8), isDigit(text[5]), text[6] == UInt8(ascii: "."),
            isDigit(text[7])
        else { throw .malformedRequestLine }
        guard text[5] == UInt8(ascii: "1") else { throw .unsupportedVersion }
        return text[7] == UInt8(ascii: "0") ? .http10 : .http11
    }
}
