/// Every key there is, in the order of the shipped file. Nothing else is accepted, and nothing else is documented.
package enum SettingTable {
    package static let keys: [SettingKey] =
        general + secureTransport + limits + sockets + security + storage + delivery + gateways + intake + square
        + operation

    private static let general: [SettingKey] = [
        .endpoint("listen", \.listen, "Where the hub listens; port 0 takes any free one."),
        .text("dataDirectory", \.dataDirectory, .path, "Where the private PostgreSQL and development secrets live."),
        .integer("loops", \.loops, 0...256, "threads", "Event loops, each a thread; 0 is one a core."),
        .text(
            "publicURL", \.publicURL, .optionalWebURL,
            "Where the world reaches the hub: gateway callbacks and links are made from it. Empty is http://, or "
                + "https:// with TLS, and the listen address."),
        .texts(
            "allowedOrigins", \.allowedOrigins, count: 0...64, .origin,
            "Origins whose pages may open a WebSocket. Empty admits the origin of publicURL alone."),
        .text("brand", \.brand, .words(1...30), "The name that opens every text message."),
    ]

    private static let secureTransport: [SettingKey] = [
        .boolean(
            "tls.enabled", \.tls.enabled,
            "Speaks HTTPS and WSS at the listen address, and plain HTTP no more; needs a certificate."),
        .certificateFiles(
            "tls.certificateFiles", \.tls.certificateFiles, count: 0...64,
            "Files in PEM form: the certificate with those between it and the root, and its key without a password. "
                + "The name that a client asks for picks one; the first is for all others. Read again on SIGHUP."),
        .choice("tls.minimumVersion", \.tls.minimumVersion, "The oldest version of TLS that is spoken."),
        .integer(
            "tls.strictTransportSeconds", \.tls.strictTransportSeconds, 0...63_072_000, "seconds",
            "How long browsers are told to come by TLS alone (RFC 6797); 0 tells them nothing."),
    ]

    private static let limits: [SettingKey] = [
        .integer(
            "limits.handshakeSeconds", \.limits.handshakeSeconds, 1...60, "seconds",
            "From accept to the end of TLS and of the first request head."),
        .integer("limits.headerBytes", \.limits.headerBytes, 1_024...65_536, "bytes", "The whole request head."),
        .integer("limits.headerFields", \.limits.headerFields, 16...256, "fields", "Header fields of one request."),
        .integer(
            "limits.bodyBytes", \.limits.bodyBytes, 1_024...1_048_576, "bytes", "The body of one REST request."),
        .integer(
            "limits.preAuthenticationMessageBytes", \.limits.preAuthenticationMessageBytes, 512...65_536, "bytes",
            "A WebSocket message before its sender is known; at most messageBytes."),
        .integer(
            "limits.messageBytes", \.limits.messageBytes, 1_024...65_536, "bytes",
            "A WebSocket message, its fragments together and inflated."),
        .integer("limits.fragments", \.limits.fragments, 1...1_024, "frames", "Frames of one WebSocket message."),
        .integer(
            "limits.connections", \.limits.connections, 16...1_000_000, "connections",
            "Open connections of the process; keep it below its limit of open files."),
        .integer(
            "limits.connectionsPerAddress", \.limits.connectionsPerAddress, 1...1_000_000, "connections",
            "Open connections from one address (a clinic behind one router is one); at most connections."),
        .integer(
            "limits.unauthenticatedConnections", \.limits.unauthenticatedConnections, 1...1_000_000, "connections",
            "Open connections of the process on which no valid token was shown; one more is answered 503."),
        .integer(
            "limits.unauthenticatedConnectionsPerAddress", \.limits.unauthenticatedConnectionsPerAddress, 1...1_000_000,
            "connections", "The same from one address; one more is answered 429. A page that loads opens up to six."),
        .integer(
            "limits.handshakesPerSecondPerAddress", \.limits.handshakesPerSecondPerAddress, 1...100_000, "connections",
            "Connections that one address may open each second, and ten times as many at once."),
        .integer(
            "limits.messagesPerSecondPerAddress", \.limits.messagesPerSecondPerAddress, 1...1_000_000, "messages",
            "WebSocket messages and requests of one address each second, and ten times as many at once."),
        .integer(
            "limits.connectionsPerUser", \.limits.connectionsPerUser, 1...1_000_000, "sockets",
            "Open WebSockets of one user, whatever the tokens; one more is answered 429, or closed with 3013."),
        .integer(
            "limits.handshakesPerSecondPerUser", \.limits.handshakesPerSecondPerUser, 1...100_000, "sockets",
            "WebSockets that one user may open each second, and ten times as many at once."),
        .integer(
            "limits.messagesPerSecondPerUser", \.limits.messagesPerSecondPerUser, 1...1_000_000, "messages",
            "WebSocket messages and requests of one user each second, and ten times as many at once."),
        .integer(
            "limits.connectionsPerClinic", \.limits.connectionsPerClinic, 1...1_000_000, "sockets",
            "Open WebSockets of one clinic; one more is answered 429, or closed with 3013."),
        .integer(
            "limits.handshakesPerSecondPerClinic", \.limits.handshakesPerSecondPerClinic, 1...100_000, "sockets",
            "WebSockets that one clinic may open each second, and ten times as many at once."),
        .integer(
            "limits.messagesPerSecondPerClinic", \.limits.messagesPerSecondPerClinic, 1...1_000_000, "messages",
            "WebSocket messages and requests of one clinic each second, and ten times as many at once."),
        .integer(
            "limits.queuedBytesPerConnection", \.limits.queuedBytesPerConnection, 65_536...67_108_864, "bytes",
            "What may wait for a slow socket before it is closed with 3008; at least messageBytes."),
        .integer(
            "limits.channelsPerConnection", \.limits.channelsPerConnection, 1...1_024, "channels",
            "Channels that one socket may subscribe."),
    ]

    private static let sockets: [SettingKey] = [
        .choice(
            "transport.ioUring", \.transport.ioUring,
            "Hands an event for many screens to the kernel at once (io_uring), which takes less CPU time than a system "
                + "call a screen; auto tries at start whether the kernel has it and allows it."),
        .integer(
            "heartbeat.intervalSeconds", \.heartbeat.intervalSeconds, 1...300, "seconds",
            "From one heartbeat to the next; a lost event shows within one."),
        .integer(
            "heartbeat.pongDeadlineSeconds", \.heartbeat.pongDeadlineSeconds, 1...300, "seconds",
            "From a ping to its pong, then the socket is closed with 3012; at most intervalSeconds."),
        .boolean(
            "webSocket.compression", \.webSocket.compression,
            "permessage-deflate for clients that bring their token with the handshake. Saves bandwidth, costs memory; and "
                + "the lengths may betray patient data to an eavesdropper who can have his own text sent beside it."),
        .integer(
            "replay.eventsPerClinic", \.replay.eventsPerClinic, 16...65_536, "events",
            "Newest events kept in memory for screens that come back; older ones are read from PostgreSQL."),
    ]

    private static let security: [SettingKey] = [
        .text("authentication.issuer", \.authentication.issuer, .token(1...200), "The iss that a token must carry."),
        .text(
            "authentication.audience", \.authentication.audience, .token(1...200), "The aud that a token must carry."),
        .choices(
            "authentication.algorithms", \.authentication.algorithms,
            "The signatures that are accepted: HS256 with the hub's own secret, the others with the issuer's keys."),
        .text(
            "authentication.keySetURL", \.authentication.keySetURL, .optionalWebURL,
            "Where the issuer publishes its keys (JWKS); https, except on this machine."),
        .text(
            "authentication.keySetFile", \.authentication.keySetFile, .optionalPath,
            "A file of the issuer's keys in place of the URL, read at start."),
        .integer(
            "authentication.keySetRefreshSeconds", \.authentication.keySetRefreshSeconds, 10...86_400, "seconds",
            "From one fetch of the key set to the next."),
        .integer(
            "authentication.keySetMinimumIntervalSeconds", \.authentication.keySetMinimumIntervalSeconds, 1...3_600,
            "seconds", "A token with an unknown key has the set fetched once in this time, however many there are."),
        .integer(
            "authentication.keySetMaximumAgeSeconds", \.authentication.keySetMaximumAgeSeconds, 60...2_592_000,
            "seconds",
            "While fetches fail the known keys hold for so long."),
        .text(
            "authentication.clinicClaim", \.authentication.clinicClaim, .token(1...200),
            "What the issuer calls the claim of the clinic's id, such as https://example.com/clinic_id."),
        .text(
            "authentication.userClaim", \.authentication.userClaim, .token(1...200),
            "What it calls the claim of the user's id."),
        .text(
            "authentication.roleClaim", \.authentication.roleClaim, .token(1...200),
            "What it calls the claim of the role: a text, or a list of one."),
        .text(
            "authentication.signInClient", \.authentication.signInClient, .token(0...200),
            "The page's client id at the issuer (OpenID Connect, a public client with PKCE). Empty: people bring a token."
        ),
        .text(
            "authentication.authorizationURL", \.authentication.authorizationURL, .optionalWebURL,
            "The issuer's authorization endpoint; it must send back to publicURL and /."),
        .text(
            "authentication.tokenURL", \.authentication.tokenURL, .optionalWebURL,
            "The issuer's token endpoint; it must admit the page's origin."),
        .text(
            "authentication.signInScope", \.authentication.signInScope, .words(1...200),
            "What the page asks for; offline_access for tokens that are renewed in the background."),
        .text(
            "authentication.secretFile", \.authentication.secretFile, .optionalPath,
            "The file of the HS256 secret, 32 bytes or more. Empty: ALERT_HUB_JWT_SECRET, or the development secret "
                + "in demo mode."),
        .integer(
            "authentication.leewaySeconds", \.authentication.leewaySeconds, 0...300, "seconds",
            "How far the clocks of the hub and of the issuer may be apart."),
        .integer(
            "authentication.deadlineSeconds", \.authentication.deadlineSeconds, 1...60, "seconds",
            "From the upgrade to an accepted token, then the socket is closed with 3502."),
        .text(
            "encryption.keyFile", \.encryption.keyFile, .optionalPath,
            "The file of the key that seals patient data. Empty: ALERT_HUB_ENCRYPTION_KEY, or a key made under "
                + "dataDirectory beside the private PostgreSQL."),
        .texts(
            "encryption.retiredKeyFiles", \.encryption.retiredKeyFiles, count: 0...64, .path,
            "Files of older keys, base64 of 32 bytes each: they open what they sealed, until alert-hub keys rotate."),
        .texts(
            "encryption.keyCommand", \.encryption.keyCommand, count: 0...32, .path,
            "A program and its arguments, in place of the files: prints base64 of 32 bytes a line, the current key first."
        ),
    ]

    private static let storage: [SettingKey] = [
        .integer(
            "retention.patientDays", \.retention.patientDays, 0...36_500, "days",
            "How long a patient's records are kept after the discharge before they can be erased."),
        .integer(
            "retention.alertDays", \.retention.alertDays, 30...36_500, "days",
            "Closed alerts are removed so long after their end, with their stories and messages; the audit stays."),
        .integer(
            "retention.eventDays", \.retention.eventDays, 1...36_500, "days",
            "Events are removed after this; a screen that was away for longer is given a snapshot."),
        .integer(
            "retention.formDays", \.retention.formDays, 1...36_500, "days",
            "The scan of a form, and what a machine read of it, is removed so long after its approval or rejection."),
        .integer(
            "retention.jobDays", \.retention.jobDays, 1...365, "days", "Jobs are removed so long after they were done."),
        .integer(
            "retention.strayFileSeconds", \.retention.strayFileSeconds, 3_600...604_800, "seconds",
            "A scan's file that no form names by then, because its upload was cut off, is removed."),
        .integer(
            "retention.intervalSeconds", \.retention.intervalSeconds, 1...86_400, "seconds",
            "From one look for what is old to the next."),
        .integer(
            "database.connectionsPerLoop", \.database.connectionsPerLoop, 1...64, "connections",
            "Pool of each loop. The address of PostgreSQL is DATABASE_URL; without it the hub runs its own."),
        .integer(
            "database.statementTimeoutSeconds", \.database.statementTimeoutSeconds, 1...300, "seconds",
            "After this PostgreSQL cancels a statement."),
        .integer(
            "database.acquireDeadlineSeconds", \.database.acquireDeadlineSeconds, 1...60, "seconds",
            "A request that waited this long for a connection is answered 503."),
    ]

    private static let delivery: [SettingKey] = [
        .integer(
            "escalation.pollSeconds", \.escalation.pollSeconds, 1...60, "seconds",
            "The safety net that looks for due timers. The policies themselves are data of each clinic."),
        .integer(
            "escalation.claimBatch", \.escalation.claimBatch, 1...1_000, "timers",
            "Due timers that one transaction takes."),
        .integer(
            "dispatcher.leaseSeconds", \.dispatcher.leaseSeconds, 5...600, "seconds",
            "A claimed message that is not settled by then may be claimed by another node."),
        .integer(
            "dispatcher.attempts", \.dispatcher.attempts, 1...20, "attempts",
            "Attempts before a message is a dead letter."),
        .integers(
            "dispatcher.backoffSeconds", \.dispatcher.backoffSeconds, count: 1...20, 1...3_600, "seconds",
            "The wait before each further attempt, jittered; the last one repeats."),
        .integer(
            "dispatcher.callDeadlineSeconds", \.dispatcher.callDeadlineSeconds, 1...120, "seconds",
            "The longest that one call to a gateway may take; shorter than leaseSeconds."),
        .integers(
            "dispatcher.numberLimitCounts", \.dispatcher.numberLimitCounts, count: 0...8, 1...1_000, "messages",
            "How many messages one number gets within the window at the same place of numberLimitWindowSeconds; CRITICAL "
                + "ones go out in any case. More wait until the window has passed. Empty has no limit."),
        .integers(
            "dispatcher.numberLimitWindowSeconds", \.dispatcher.numberLimitWindowSeconds, count: 0...8, 1...86_400,
            "seconds", "The windows of numberLimitCounts, as many."),
    ]

    private static let operation: [SettingKey] = [
        .integer(
            "drain.deadlineSeconds", \.drain.deadlineSeconds, 0...300, "seconds",
            "What is in flight has this long to finish when the hub stops."),
        .integer(
            "drain.reconnectsPerSecond", \.drain.reconnectsPerSecond, 10...100_000, "screens",
            "How many screens a second are told to come back after a restart; each is given its own slot."),
        .choice("log.level", \.log.level, "The least important level that is written to standard error."),
        .boolean(
            "diagnostics.echo", \.diagnostics.echo,
            "Serves /echo, which returns every WebSocket message: for conformance tests, never for a "
                + "clinic."),
    ]
}
