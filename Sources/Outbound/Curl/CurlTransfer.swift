import CCurl
import Platform

/// One request under way: an easy handle, its options, and what the callbacks collect.
///
/// libcurl holds an unretained pointer to this object; whoever adds it to a multi handle keeps it until it is removed.
@safe
final class CurlTransfer {
    let handle: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let body: [UInt8]
    private var bodyPosition = 0
    private var collector: ResponseCollector

    /// Nil when libcurl has no memory or refuses an option.
    init?(_ request: OutboundRequest, limits: OutboundLimits) {
        guard CurlLibrary.isReady, let handle = unsafe curl_easy_init() else { return nil }
        unsafe self.handle = unsafe handle
        body = request.body
        collector = ResponseCollector(limits: limits)
        do {
            try setConnectionOptions(limits)
            try setRequest(request)
            try setCallbacks()
        } catch {
            return nil
        }
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headerList)
    }

    /// Names the transfer among those of its multi handle.
    var key: UInt { unsafe UInt(bitPattern: handle) }

    /// What the transfer came to, once libcurl has ended it with this code.
    func result(of code: CURLcode) -> OutboundResult {
        guard code != CURLE_OK else {
            return .response(
                OutboundResponse(
                    status: information(CURLINFO_RESPONSE_CODE), headers: collector.headers, body: collector.body))
        }
        return failed(collector.failure ?? OutboundFailure(code, isConnected: hasSentBytes))
    }

    /// The result where the transfer ends for a reason of ours or of libcurl's.
    func failed(_ reason: OutboundFailure) -> OutboundResult {
        hasSentBytes ? .outcomeUnknown(reason) : .notSent(reason)
    }

    /// Whether a byte of the request was given to the connection. libcurl counts what it wrote.
    private var hasSentBytes: Bool { information(CURLINFO_REQUEST_SIZE) > 0 }

    private func information(_ info: CURLINFO) -> Int {
        var value = 0
        return unsafe hub_curl_get_long(handle, info, &value) == CURLE_OK ? value : 0
    }

    private func setConnectionOptions(_ limits: OutboundLimits) throws(OptionRefused) {
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        // HTTP/1.1 tells clearly which request a lost connection concerns.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = limits.certificateAuthorityFile { try set(CURLOPT_CAINFO, file) }
        // An empty proxy also shuts out the proxies of the environment.
        try set(CURLOPT_PROXY, limits.proxy ?? "")
        try set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: limits.connectTimeout.wholeNanoseconds / 1_000_000))
        try set(CURLOPT_MAXAGE_CONN, Int(clamping: limits.maximumIdle.wholeNanoseconds / 1_000_000_000))
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        // Without it, giving up a transfer joins the resolver's thread, which would block the loop.
        try set(CURLOPT_QUICK_EXIT, 1)
    }

    private func setRequest(_ request: OutboundRequest) throws(OptionRefused) {
        try set(CURLOPT_URL, request.url)
        // No "Expect: 100-continue" dance for large bodies.
        try appendHeader("Expect:")
        if let signature = request.signature {
            try set(CURLOPT_AWS_SIGV4, signature.scheme)
            try set(CURLOPT_USERPWD, signature.credentials)
        }
        if !request.admitsPrivatePeers {
            guard
                unsafe hub_curl_set_open_socket(
                    handle, { unsafe PeerGuard.open($2) }) == CURLE_OK
            else { throw OptionRefused() }
        }
        for field in request.headers { try appendHeader(field.value.isEmpty ? "\(field.name);" : field.line) }
        guard unsafe hub_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headerList) == CURLE_OK else {
            throw OptionRefused()
        }
        switch request.method {
        case .get: try set(CURLOPT_HTTPGET, 1)
        case .delete:
            try set(CURLOPT_HTTPGET, 1)
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .post, .put:
            try set(CURLOPT_POST, 1)
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
            guard
                unsafe hub_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
                    == CURLE_OK
            else { throw OptionRefused() }
            // libcurl repeats a request that died on a kept connection, unless its body cannot be read again, as is
            // so for `readBody`: then it fails before it sends anything. One without a body never uses a kept connection.
            if request.body.isEmpty { try set(CURLOPT_FRESH_CONNECT, 1) }
        }
    }

    private func setCallbacks() throws(OptionRefused) {
        let owner = unsafe Unmanaged.passUnretained(self).toOpaque()
        for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA] {
            guard unsafe hub_curl_set_pointer(handle, option, owner) == CURLE_OK else { throw OptionRefused() }
        }
        guard
            unsafe hub_curl_set_function(
                handle, CURLOPT_READFUNCTION,
                { unsafe transfer($3)?.readBody(into: $0, room: $1 &* $2) ?? Int(CURL_READFUNC_ABORT) }) == CURLE_OK,
            unsafe hub_curl_set_function(
                handle, CURLOPT_HEADERFUNCTION,
                {
                    let line = unsafe Array(UnsafeRawBufferPointer(start: $0, count: $1 &* $2))
                    return unsafe transfer($3)?.collector.takeHeaderLine(line) == true ? line.count : 0
                }) == CURLE_OK,
            unsafe hub_curl_set_function(
                handle, CURLOPT_WRITEFUNCTION,
                {
                    let bytes = unsafe Array(UnsafeRawBufferPointer(start: $0, count: $1 &* $2))
                    return unsafe transfer($3)?.collector.takeBody(bytes) == true ? bytes.count : 0
                }) == CURLE_OK
        else { throw OptionRefused() }
    }

    /// Gives libcurl the next bytes of the body. They are given once: there is no way back.
    private func readBody(into target: UnsafeMutablePointer<CChar>?, room: Int) -> Int {
        let chunk = body[bodyPosition...].prefix(room)
        guard !chunk.isEmpty, let target = unsafe target else { return 0 }
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: target, count: room)
        unsafe buffer.copyBytes(from: chunk)
        bodyPosition += chunk.count
        return chunk.count
    }

    private func set(_ option: CURLoption, _ value: Int) throws(OptionRefused) {
        guard unsafe hub_curl_set_long(handle, option, value) == CURLE_OK else { throw OptionRefused() }
    }

    private func set(_ option: CURLoption, _ value: String) throws(OptionRefused) {
        guard unsafe hub_curl_set_string(handle, option, value) == CURLE_OK else { throw OptionRefused() }
    }

    private func appendHeader(_ line: String) throws(OptionRefused) {
        guard let list = unsafe curl_slist_append(headerList, line) else { throw OptionRefused() }
        unsafe headerList = unsafe list
    }
}

/// libcurl refused an option: it lacks memory, or was built without the feature.
private struct OptionRefused: Error {}

/// The transfer behind a callback's last argument.
private func transfer(_ owner: UnsafeMutableRawPointer?) -> CurlTransfer? {
    guard let owner = unsafe owner else { return nil }
    return unsafe Unmanaged<CurlTransfer>.fromOpaque(owner).takeUnretainedValue()
}

/// libcurl's process-wide state.
enum CurlLibrary {
    /// Whether libcurl could be started, and resolves names without blocking. Any thread.
    static let isReady: Bool = {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK,
            let version = unsafe curl_version_info(CURLVERSION_TENTH)
        else { return false }
        return unsafe version.pointee.features & CInt(CURL_VERSION_ASYNCHDNS) != 0
    }()
}

extension HeaderField {
    fileprivate var line: String { "\(name): \(value)" }
}
