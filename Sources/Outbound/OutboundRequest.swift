/// One HTTP request that leaves the hub. A plain value: it can be built and tested without a network.
package struct OutboundRequest: Equatable, Sendable {
    /// The methods that gateways and callbacks use.
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    package var method: Method
    /// Absolute, `http` or `https`, without user or password.
    package var url: String
    /// Header fields in the order they are sent; `Host` and `Content-Length` are added by the client.
    package var headers: [HeaderField]
    /// Sent with POST and PUT only.
    package var body: [UInt8]
    /// Signs the request for Amazon's services; nil signs nothing.
    package var signature: AWSSignature?
    /// Whether the peer may have an address of this machine or of a private network (RFC 1918, 4193, 6598, 3927): false for
    /// URLs that somebody else chose, who could aim the hub at what only the hub can reach.
    package var admitsPrivatePeers = true

    package init(_ method: Method, _ url: String, headers: [HeaderField] = [], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// One header field. Names compare without case (RFC 9110 section 5.1).
package struct HeaderField: Equatable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether the field can be written on one line: a token as name, no control character in the value. Everything else
    /// could smuggle a second header field (RFC 9112 section 11.1).
    var isWellFormed: Bool {
        !name.isEmpty && name.utf8.allSatisfy(Self.isTokenByte)
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
