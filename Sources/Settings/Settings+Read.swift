import FoundationEssentials

extension Settings {
    /// The file that is read when none is named and the working directory has it.
    package static let usualFile = "Config/hub.json5"
    /// No configuration is longer.
    private static let longestFileBytes = 1_048_576

    /// Settings and where they came from; `file` is nil for the built-in defaults.
    package struct Source: Equatable, Sendable {
        package let settings: Settings
        package let file: String?
    }

    /// Reads `file`, or `Config/hub.json5` where the working directory has one, or takes the defaults.
    ///
    /// Blocks on the file system: call it once, before the loops start. Throws the first problem.
    package static func load(file: String?) throws(SettingsError) -> Source {
        if let file { return Source(settings: try read(file: file), file: file) }
        guard FileManager.default.fileExists(atPath: usualFile) else { return Source(settings: Settings(), file: nil) }
        return Source(settings: try read(file: usualFile), file: usualFile)
    }

    /// Everything that is wrong with `file`, in a stable order; empty where it is accepted. For `config check`.
    package static func problems(inFile file: String) -> [SettingsError] {
        do {
            return interpret(try tree(ofFile: file)).problems
        } catch {
            return [error]
        }
    }

    /// The same for text that stands in memory.
    static func problems(inText text: String) -> [SettingsError] {
        do {
            return interpret(try tree(of: text, name: "configuration")).problems
        } catch {
            return [error]
        }
    }

    /// Reads JSON5 text that stands in memory. Throws the first problem.
    package static func parse(_ text: String, name: String = "configuration") throws(SettingsError) -> Settings {
        let (settings, problems) = interpret(try tree(of: text, name: name))
        if let first = problems.first { throw first }
        return settings
    }

    private static func read(file: String) throws(SettingsError) -> Settings {
        let (settings, problems) = interpret(try tree(ofFile: file))
        if let first = problems.first { throw first }
        return settings
    }

    private static func tree(ofFile file: String) throws(SettingsError) -> SettingTree {
        try tree(of: FileReading.text(of: file, atMost: longestFileBytes), name: file)
    }

    private static func tree(of text: String, name: String) throws(SettingsError) -> SettingTree {
        do {
            return try JSON5Reader.read(text)
        } catch {
            throw .malformed(file: name, reason: error.description)
        }
    }
}

extension Settings {
    /// Checks every key of a tree against the table, then what keys say about each other.
    static func interpret(_ tree: SettingTree) -> (settings: Settings, problems: [SettingsError]) {
        var settings = Settings()
        var problems: [SettingsError] = []
        var leaves: [(path: String, value: SettingTree)] = []
        guard case .section(let top) = tree else {
            return (settings, [.malformed(file: "configuration", reason: "it must be one object, { … }")])
        }
        collect(top, under: "", into: &leaves, problems: &problems)
        for key in SettingTable.keys {
            guard let leaf = leaves.first(where: { $0.path == key.path }) else { continue }
            let standard = key.standard.description
            switch key.write(leaf.value, &settings) {
            case .taken: break
            case .wrongType:
                problems.append(
                    .wrongType(
                        path: key.path, value: leaf.value.excerpt, kind: key.kind, allowed: key.allowed,
                        standard: standard))
            case .notAllowed:
                problems.append(
                    .notAllowed(path: key.path, value: leaf.value.excerpt, allowed: key.allowed, standard: standard))
            }
        }
        return (settings, problems.isEmpty ? settings.contradictions : problems)
    }

    /// Walks down sections; what is neither a section nor a key of the table is a problem.
    private static func collect(
        _ section: [String: SettingTree], under parent: String, into leaves: inout [(path: String, value: SettingTree)],
        problems: inout [SettingsError]
    ) {
        for (name, value) in section.sorted(by: { $0.key < $1.key }) {
            let path = parent.isEmpty ? name : "\(parent).\(name)"
            if SettingTable.keys.contains(where: { $0.path == path }) {
                leaves.append((path, value))
            } else if let instead = SecretName.place(ofSecretAt: path) {
                problems.append(.secretInFile(path: path, instead: instead))
            } else if SettingTable.keys.contains(where: { $0.path.hasPrefix(path + ".") }) {
                guard case .section(let inner) = value else {
                    problems.append(
                        .wrongType(
                            path: path, value: value.excerpt, kind: "section", allowed: "{ … }", standard: "{}"))
                    continue
                }
                collect(inner, under: path, into: &leaves, problems: &problems)
            } else {
                problems.append(.unknownKey(path: path, nearest: SettingTable.nearest(to: path)))
            }
        }
    }

    private static let localSchemes = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"]
    private static let phone = "+ and 7 to 15 digits (E.164)"

    /// Values that are each allowed, but not together.
    private var contradictions: [SettingsError] {
        var found: [SettingsError] = []
        func demand(_ holds: Bool, _ path: String, _ allowed: String) {
            guard !holds, let key = SettingTable.keys.first(where: { $0.path == path }) else { return }
            found.append(
                .notAllowed(
                    path: path, value: key.read(self).excerpt, allowed: allowed, standard: key.standard.description))
        }
        demand(
            limits.preAuthenticationMessageBytes <= limits.messageBytes, "limits.preAuthenticationMessageBytes",
            "at most limits.messageBytes, which is \(limits.messageBytes)")
        demand(
            limits.connectionsPerAddress <= limits.connections, "limits.connectionsPerAddress",
            "at most limits.connections, which is \(limits.connections)")
        demand(
            limits.unauthenticatedConnectionsPerAddress <= limits.unauthenticatedConnections,
            "limits.unauthenticatedConnectionsPerAddress",
            "at most limits.unauthenticatedConnections, which is \(limits.unauthenticatedConnections)")
        demand(
            limits.queuedBytesPerConnection >= limits.messageBytes, "limits.queuedBytesPerConnection",
            "at least limits.messageBytes, which is \(limits.messageBytes)")
        demand(
            heartbeat.pongDeadlineSeconds <= heartbeat.intervalSeconds, "heartbeat.pongDeadlineSeconds",
            "at most heartbeat.intervalSeconds, which is \(heartbeat.intervalSeconds)")
        demand(
            dispatcher.callDeadlineSeconds < dispatcher.leaseSeconds, "dispatcher.callDeadlineSeconds",
            "less than dispatcher.leaseSeconds, which is \(dispatcher.leaseSeconds)")
        demand(
            intake.ocr.seconds < intake.leaseSeconds, "intake.ocr.seconds",
            "less than intake.leaseSeconds, which is \(intake.leaseSeconds)")
        demand(
            intake.s3.bucketURL.isEmpty || !intake.s3.accessKeyID.isEmpty, "intake.s3.accessKeyID",
            "the id of the access key, because intake.s3.bucketURL is set")
        demand(
            intake.longestRetrySeconds >= intake.retrySeconds, "intake.longestRetrySeconds",
            "at least intake.retrySeconds, which is \(intake.retrySeconds)")
        demand(
            !tls.enabled || !tls.certificateFiles.isEmpty, "tls.certificateFiles",
            "at least one {certificate: a path, key: a path}, because tls.enabled is true")
        demand(
            dispatcher.numberLimitCounts.count == dispatcher.numberLimitWindowSeconds.count,
            "dispatcher.numberLimitWindowSeconds",
            "\(dispatcher.numberLimitCounts.count) numbers, as many as dispatcher.numberLimitCounts")
        let needsKeys = authentication.algorithms != [.hs256]
        demand(
            !needsKeys || authentication.keySetURL.isEmpty != authentication.keySetFile.isEmpty,
            "authentication.keySetURL",
            "given where authentication.keySetFile is not, because of authentication.algorithms")
        demand(
            authentication.keySetURL.isEmpty || authentication.keySetURL.hasPrefix("https://")
                || Self.localSchemes.contains(where: authentication.keySetURL.hasPrefix),
            "authentication.keySetURL", "https, or http of 127.0.0.1, [::1] or localhost")
        for (url, path) in [
            (authentication.authorizationURL, "authentication.authorizationURL"),
            (authentication.tokenURL, "authentication.tokenURL"),
        ] {
            demand(
                authentication.signInClient.isEmpty || !url.isEmpty, path,
                "the issuer's, because authentication.signInClient is given")
        }
        for (isEnabled, value, name, key, allowed) in [
            (
                gateways.twilio.enabled, gateways.twilio.accountSid, "twilio", "accountSid",
                "AC and 32 hexadecimal digits"
            ),
            (gateways.twilio.enabled, gateways.twilio.fromNumber, "twilio", "fromNumber", Self.phone),
            (gateways.telnyx.enabled, gateways.telnyx.publicKey, "telnyx", "publicKey", "base64 of 32 bytes"),
            (gateways.telnyx.enabled, gateways.telnyx.fromNumber, "telnyx", "fromNumber", Self.phone),
            (gateways.vonage.enabled, gateways.vonage.account, "vonage", "account", "the API key"),
            (gateways.vonage.enabled, gateways.vonage.fromNumber, "vonage", "fromNumber", Self.phone),
            (gateways.sns.enabled, gateways.sns.accessKeyID, "sns", "accessKeyID", "the id of the access key"),
        ] {
            demand(
                !isEnabled || !value.isEmpty, "gateways.\(name).\(key)",
                "\(allowed), because gateways.\(name).enabled is true")
        }
        return found
    }
}
