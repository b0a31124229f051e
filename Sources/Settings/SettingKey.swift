/// One key of the configuration: where it stands, what it admits, what it means.
package struct SettingKey: Sendable {
    /// Dotted, as in error lines: `limits.headerBytes`.
    package let path: String
    /// `integer`, `boolean`, `text`, `list of integers`, `list of texts`.
    package let kind: String
    /// What may stand there, with its unit: `1024 to 65536 bytes`.
    package let allowed: String
    /// What the key does, one or two sentences.
    package let summary: String
    /// The property of `Settings` that it fills.
    package let place: any PartialKeyPath<Settings> & Sendable
    /// The value in `settings`, as the file would hold it.
    package let read: @Sendable (Settings) -> SettingTree
    /// Puts a value from a file in its place, or says why not and leaves the place alone.
    let write: @Sendable (SettingTree, inout Settings) -> Outcome

    /// The value of `Settings()`.
    package var standard: SettingTree { read(Settings()) }

    /// A property of `Settings`, to be written from any thread.
    typealias Place<Value> = any WritableKeyPath<Settings, Value> & Sendable

    /// What became of a value.
    enum Outcome: Equatable { case taken, wrongType, notAllowed }
}

extension SettingKey {
    static func integer(
        _ path: String, _ place: Place<Int>, _ range: ClosedRange<Int>,
        _ unit: String, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "integer", allowed: "\(range.lowerBound) to \(range.upperBound) \(unit)",
            summary: summary, place: place, read: { .integer($0[keyPath: place]) },
            write: { tree, settings in
                guard case .integer(let value) = tree else { return .wrongType }
                guard range.contains(value) else { return .notAllowed }
                settings[keyPath: place] = value
                return .taken
            })
    }

    static func integers(
        _ path: String, _ place: Place<[Int]>, count: ClosedRange<Int>,
        _ range: ClosedRange<Int>, _ unit: String, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "list of integers",
            allowed: "\(count.lowerBound) to \(count.upperBound) numbers, each \(range.lowerBound) to "
                + "\(range.upperBound) \(unit)",
            summary: summary, place: place, read: { .list($0[keyPath: place].map(SettingTree.integer)) },
            write: { tree, settings in
                guard case .list(let items) = tree else { return .wrongType }
                var values: [Int] = []
                for item in items {
                    guard case .integer(let value) = item else { return .wrongType }
                    guard range.contains(value) else { return .notAllowed }
                    values.append(value)
                }
                guard count.contains(values.count) else { return .notAllowed }
                settings[keyPath: place] = values
                return .taken
            })
    }

    static func boolean(
        _ path: String, _ place: Place<Bool>, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "boolean", allowed: "true or false", summary: summary, place: place,
            read: { .boolean($0[keyPath: place]) },
            write: { tree, settings in
                guard case .boolean(let value) = tree else { return .wrongType }
                settings[keyPath: place] = value
                return .taken
            })
    }

    static func text(
        _ path: String, _ place: Place<String>, _ form: TextForm, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "text", allowed: form.allowed, summary: summary, place: place,
            read: { .text($0[keyPath: place]) },
            write: { tree, settings in
                guard case .text(let value) = tree else { return .wrongType }
                guard form.admits(value) else { return .notAllowed }
                settings[keyPath: place] = value
                return .taken
            })
    }

    static func texts(
        _ path: String, _ place: Place<[String]>, count: ClosedRange<Int>,
        _ form: TextForm, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "list of texts",
            allowed: "\(count.lowerBound) to \(count.upperBound) \(form.allowed)", summary: summary, place: place,
            read: { .list($0[keyPath: place].map(SettingTree.text)) },
            write: { tree, settings in
                guard case .list(let items) = tree else { return .wrongType }
                var values: [String] = []
                for item in items {
                    guard case .text(let value) = item else { return .wrongType }
                    guard form.admits(value) else { return .notAllowed }
                    values.append(value)
                }
                guard count.contains(values.count) else { return .notAllowed }
                settings[keyPath: place] = values
                return .taken
            })
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ path: String, _ place: Place<Choice>, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "text", allowed: Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "),
            summary: summary, place: place, read: { .text($0[keyPath: place].rawValue) },
            write: { tree, settings in
                guard case .text(let text) = tree else { return .wrongType }
                guard let value = Choice(rawValue: text) else { return .notAllowed }
                settings[keyPath: place] = value
                return .taken
            })
    }

    /// One or several of the choices, each once.
    static func choices<Choice: RawRepresentable<String> & CaseIterable & Sendable & Equatable>(
        _ path: String, _ place: Place<[Choice]>, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "list of texts",
            allowed: "one or several of " + Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "),
            summary: summary, place: place, read: { .list($0[keyPath: place].map { .text($0.rawValue) }) },
            write: { tree, settings in
                guard case .list(let items) = tree else { return .wrongType }
                var values: [Choice] = []
                for item in items {
                    guard case .text(let text) = item else { return .wrongType }
                    guard let value = Choice(rawValue: text), !values.contains(value) else { return .notAllowed }
                    values.append(value)
                }
                guard !values.isEmpty else { return .notAllowed }
                settings[keyPath: place] = values
                return .taken
            })
    }

    static func certificateFiles(
        _ path: String, _ place: Place<[Settings.TLS.CertificateFiles]>, count: ClosedRange<Int>, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "list of sections",
            allowed: "\(count.lowerBound) to \(count.upperBound) of {certificate: a path, key: a path}",
            summary: summary, place: place,
            read: { settings in
                .list(
                    settings[keyPath: place].map { files in
                        .section(["certificate": .text(files.certificate), "key": .text(files.key)])
                    })
            },
            write: { tree, settings in
                guard case .list(let items) = tree else { return .wrongType }
                var values: [Settings.TLS.CertificateFiles] = []
                for item in items {
                    guard case .section(let entries) = item else { return .wrongType }
                    guard entries.count == 2, case .text(let certificate)? = entries["certificate"],
                        case .text(let key)? = entries["key"], TextForm.path.admits(certificate),
                        TextForm.path.admits(key)
                    else { return .notAllowed }
                    values.append(Settings.TLS.CertificateFiles(certificate: certificate, key: key))
                }
                guard count.contains(values.count) else { return .notAllowed }
                settings[keyPath: place] = values
                return .taken
            })
    }

    static func endpoint(
        _ path: String, _ place: Place<Endpoint>, _ summary: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: "text", allowed: "host:port, port 0 to 65535", summary: summary, place: place,
            read: { .text($0[keyPath: place].description) },
            write: { tree, settings in
                guard case .text(let text) = tree else { return .wrongType }
                guard let value = Endpoint(text) else { return .notAllowed }
                settings[keyPath: place] = value
                return .taken
            })
    }
}
