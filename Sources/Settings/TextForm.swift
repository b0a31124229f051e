/// What a text in the configuration must look like.
package enum TextForm: Equatable, Sendable {
    /// Any printable text of so many characters.
    case words(ClosedRange<Int>)
    /// Printable ASCII without a space.
    case token(ClosedRange<Int>)
    /// A path of the file system that must be given.
    case path
    /// A path of the file system, or empty.
    case optionalPath
    /// `http://` or `https://`, a host, perhaps a port and a path; no user, query, fragment or trailing slash.
    case webURL
    /// The same, or empty.
    case optionalWebURL
    /// `http://` or `https://`, a host and perhaps a port: what browsers send as Origin.
    case origin
    /// A phone number in E.164, or empty.
    case optionalPhone
    /// A Twilio account: `AC` and 32 lower-case hexadecimal digits; or empty.
    case optionalAccountSid

    /// The words of an error line and of the shipped file.
    package var allowed: String {
        switch self {
        case .words(let count): "text of \(count.lowerBound) to \(count.upperBound) characters"
        case .token(let count): "\(count.lowerBound) to \(count.upperBound) ASCII characters without spaces"
        case .path: "a path"
        case .optionalPath: "a path, or empty"
        case .webURL: "http(s)://host[:port][/path] without a trailing slash"
        case .optionalWebURL: "http(s)://host[:port][/path] without a trailing slash, or empty"
        case .origin: "origins such as https://board.example"
        case .optionalPhone: "+ and 7 to 15 digits (E.164), or empty"
        case .optionalAccountSid: "AC and 32 hexadecimal digits, or empty"
        }
    }

    package func admits(_ text: String) -> Bool {
        let isPrintable = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        guard isPrintable, text.utf8.count <= 4_096 else { return false }
        switch self {
        case .words(let count): return count.contains(text.count)
        case .token(let count):
            return count.contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        case .path: return !text.isEmpty
        case .optionalPath: return true
        case .webURL: return Self.isWebURL(text, withPath: true)
        case .optionalWebURL: return text.isEmpty || Self.isWebURL(text, withPath: true)
        case .origin: return Self.isWebURL(text, withPath: false)
        case .optionalPhone: return text.isEmpty || Self.isPhone(text)
        case .optionalAccountSid: return text.isEmpty || Self.isAccountSid(text)
        }
    }

    private static func isPhone(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst()
        return text.utf8.first == 0x2B && (7...15).contains(digits.count) && digits.first != 0x30
            && digits.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private static func isAccountSid(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst(2)
        return text.hasPrefix("AC") && digits.count == 32
            && digits.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
    }

    private static func isWebURL(_ text: String, withPath: Bool) -> Bool {
        let schemes = ["https://", "http://"]
        guard let scheme = schemes.first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        let isHost = Endpoint(String(authority)) != nil || Endpoint(authority + ":80") != nil
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 && $0 != 0x5C }
        return isHost && isPlain && (withPath ? path.last != "/" : path.isEmpty)
    }
}
