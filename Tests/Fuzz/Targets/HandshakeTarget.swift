import Wire

extension FuzzTarget {
    /// The input is a whole request head, or the fields that follow `GET /ws`.
    func checkHandshake(_ input: [UInt8]) throws(Finding) {
        let choice = Choice(input)
        let start = choice.bit(0) ? [] : Array("GET /ws HTTP/1.1\r\nHost: hub.example\r\n".utf8)
        let end = choice.bit(0) ? [] : Array("\r\n\r\n".utf8)
        var parser = HTTPRequestParser()
        guard case .request(let request)? = (try? parser.parse(start + choice.rest + end))?.event else { return }
        let handshake = ServerHandshake(
            subprotocols: ["alert-hub.v1"],
            origins: OriginPolicy(
                admitted: Set([Origin("https://board.example")].compactMap { $0 }), withoutOrigin: .needsBearer),
            sha1: digest)
        let isSecure = choice.bit(1)
        switch Result(catching: { () throws(UpgradeRefusal) in
            try handshake.accept(request.head, isSecure: isSecure)
        }) {
        case .success(let acceptance): try check(acceptance, of: request.head, isSecure: isSecure)
        case .failure(let refusal): try check(refusal)
        }
    }

    private func check(
        _ acceptance: ServerHandshake.Acceptance, of head: HTTPRequestHead, isSecure: Bool
    ) throws(Finding) {
        try expect(head.method == .get && head.version == .http11, "another request than GET over HTTP/1.1 is accepted")
        try expect(acceptance.subprotocol ?? "alert-hub.v1" == "alert-hub.v1", "an unknown subprotocol is chosen")
        let origins = head.fields.all("Origin")
        try expect(origins.count <= 1, "two origins are admitted")
        for origin in origins {
            try expect(
                ["https://board.example", isSecure ? "https://" : "http://"].contains {
                    origin.lowercased().hasPrefix($0)
                }, "the origin \(origin) is admitted")
        }
        if origins.isEmpty {
            let hasToken = acceptance.bearerToken != nil || head.credentials(scheme: "Bearer") != nil
            try expect(hasToken, "neither an origin nor a token, and admitted")
        }
        var bytes: [UInt8] = []
        acceptance.response.encodeHead(into: &bytes, bodyLength: nil, date: nil, keepsAlive: true)
        var client = HTTPResponseParser()
        guard case .response(let answer)? = (try? client.parse(bytes))?.event else {
            throw Finding(description: "the answer is not HTTP")
        }
        try expect(answer.status == .switchingProtocols, "the answer is not 101")
        if let token = acceptance.bearerToken {
            try expect(answer.fields["Sec-WebSocket-Protocol"] != "bearer.\(token)", "the token is echoed")
        }
    }

    private func check(_ refusal: UpgradeRefusal) throws(Finding) {
        var bytes: [UInt8] = []
        refusal.response.encode(into: &bytes, date: nil, keepsAlive: false)
        var client = HTTPResponseParser()
        guard case .response(let answer)? = (try? client.parse(bytes))?.event else {
            throw Finding(description: "the refusal is not HTTP")
        }
        try expect(answer.status.rawValue >= 400, "a refusal is no error")
        try expect(answer.fields.contains("close", in: "Connection"), "a refusal keeps the connection")
    }
}

/// Stands in for SHA-1: the handshake only needs 20 bytes that depend on the key.
private func digest(_ bytes: [UInt8]) -> [UInt8] {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    return (0..<20).map { index in
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return UInt8(truncatingIfNeeded: hash >> UInt64(index))
    }
}
