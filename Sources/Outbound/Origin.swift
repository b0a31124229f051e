import CCurl

/// Scheme, host and port of a URL: what a connection is made to, and what the limits count by.
///
/// The URL is read by libcurl's own parser, so nothing is checked here that would be read differently there.
struct Origin: Hashable {
    let scheme: String
    let host: String
    let port: String

    /// Longest URL that is sent, in bytes.
    static let maximumURLLength = 8192

    /// Nil if the URL is not absolute `http` or `https`, holds a user or a password, or is malformed or over 8 KiB.
    init?(url: String) {
        guard url.utf8.count <= Self.maximumURLLength, !url.utf8.contains(0), let parsed = ParsedURL(url) else {
            return nil
        }
        guard let scheme = parsed.part(CURLUPART_SCHEME), scheme == "http" || scheme == "https",
            parsed.part(CURLUPART_USER) == nil, parsed.part(CURLUPART_PASSWORD) == nil,
            let host = parsed.part(CURLUPART_HOST), !host.isEmpty, let port = parsed.part(CURLUPART_PORT)
        else { return nil }
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
    }
}

/// One `CURLU` handle, freed with the value.
@safe
private struct ParsedURL: ~Copyable {
    private let handle: OpaquePointer

    init?(_ url: String) {
        guard let handle = unsafe curl_url() else { return nil }
        guard unsafe curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK else {
            unsafe curl_url_cleanup(handle)
            return nil
        }
        unsafe self.handle = unsafe handle
    }

    deinit { unsafe curl_url_cleanup(handle) }

    func part(_ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text = unsafe text
        else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
