import Cryptography
package import Wire

/// The `X-Twilio-Signature` of a webhook: base64(HMAC-SHA-1(auth token, URL + parameters)).
///
/// The URL is the one that was configured, with its query, without its fragment. For a form, each distinct value of each
/// name follows as name + value, decoded, without separators, sorted bytewise by name and then by value. For another body
/// the URL's query holds `bodySHA256`, the hash of the body, and the URL alone is signed. There is no time in the scheme:
/// replays are harmless because each event has a key.
package enum TwilioSignature {
    /// The header field it is sent in.
    package static let header = "X-Twilio-Signature"

    /// The signature of a form that is posted to this URL.
    package static func sign(url: String, form: URLEncodedForm, token: String) -> String {
        Base64.encode(code(url: withoutFragment(url), parameters: parameters(of: form), token: token))
    }

    /// Whether the form was signed with one of the tokens. The URL is tried with and without its port, as Twilio's own
    /// libraries do: proxies and configurations differ in whether they write the default one.
    package static func isValid(_ signature: String, url: String, form: URLEncodedForm, tokens: [String]) -> Bool {
        isValid(signature, url: url, parameters: parameters(of: form), tokens: tokens)
    }

    /// Whether the body, which is not a form, has the hash in the URL and the URL was signed with one of the tokens.
    package static func isValid(_ signature: String, url: String, body: [UInt8], tokens: [String]) -> Bool {
        guard let query = withoutFragment(url).split(separator: "?", maxSplits: 1).dropFirst().first,
            let claimed = URLEncodedForm(Array(query.utf8))?["bodySHA256"].flatMap(Hex.decode),
            constantTimeEquals(claimed, SHA256.hash(body))
        else { return false }
        return isValid(signature, url: url, parameters: [], tokens: tokens)
    }

    private static func isValid(_ signature: String, url: String, parameters: [UInt8], tokens: [String]) -> Bool {
        guard let claimed = Base64.decode(signature) else { return false }
        let spellings = spellings(of: withoutFragment(url))
        var isValid = false
        // Every candidate is computed, so that the time does not tell which token was right.
        for token in tokens where !token.isEmpty {
            for spelling in spellings {
                let expected = code(url: spelling, parameters: parameters, token: token)
                if constantTimeEquals(expected, claimed) { isValid = true }
            }
        }
        return isValid
    }

    private static func code(url: String, parameters: [UInt8], token: String) -> [UInt8] {
        HMAC.sha1(key: Array(token.utf8), message: Array(url.utf8) + parameters)
    }

    /// Names and values as they are signed. Compared as bytes: Swift's strings would take two spellings of one letter
    /// for the same and drop one.
    private static func parameters(of form: URLEncodedForm) -> [UInt8] {
        let pairs = form.pairs.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }
        let sorted = pairs.sorted { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        var bytes: [UInt8] = []
        var last: (name: [UInt8], value: [UInt8])?
        for pair in sorted {
            if let last, last == pair { continue }
            bytes.append(contentsOf: pair.name)
            bytes.append(contentsOf: pair.value)
            last = pair
        }
        return bytes
    }

    private static func withoutFragment(_ url: String) -> String {
        String(url.prefix { $0 != "#" })
    }

    /// The URL as it is, without a port, and with the scheme's default port.
    private static func spellings(of url: String) -> [String] {
        guard let scheme = url.firstRange(of: "://") else { return [url] }
        let authorityEnd = url[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        let authority = url[scheme.upperBound..<authorityEnd]
        let hostEnd = authority.lastIndex { $0 == ":" || $0 == "]" || $0 == "@" }
        let before = url[..<scheme.upperBound]
        let after = url[authorityEnd...]
        if let hostEnd, authority[hostEnd] == ":" {
            return [url, String(before + authority[..<hostEnd] + after)]
        }
        let port = url[..<scheme.lowerBound].lowercased() == "https" ? ":443" : ":80"
        return [url, String(before + authority + port + after)]
    }
}
