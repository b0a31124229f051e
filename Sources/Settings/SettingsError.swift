/// Why the configuration is not accepted. The caller prints `description`, one line, and exits with 2.
package enum SettingsError: Error, Equatable {
    /// The file is not there, cannot be read or is too large: give another, or mend its permissions.
    case unreadable(file: String, reason: String)
    /// The file is not JSON5: mend it at the place that the reason names.
    case malformed(file: String, reason: String)
    /// No such key; `nearest` are keys that it might have meant.
    case unknownKey(path: String, nearest: [String])
    /// A secret stands in the file, where backups and tickets carry it away; its value is not repeated.
    case secretInFile(path: String, instead: String)
    /// The value has another type than the key.
    case wrongType(path: String, value: String, kind: String, allowed: String, standard: String)
    /// The value has the right type, but is not allowed.
    case notAllowed(path: String, value: String, allowed: String, standard: String)
    /// A secret that these settings need is missing or not usable.
    case secret(name: String, reason: String)
}

extension SettingsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
        case .malformed(let file, let reason): "\(file) is not JSON5: \(reason)"
        case .unknownKey(let path, let nearest):
            "\(path) is not a key"
                + (nearest.isEmpty
                    ? "; `alert-hub config defaults` prints every key"
                    : "; did you mean " + nearest.joined(separator: " or ") + "?")
        case .secretInFile(let path, let instead):
            "\(path) is a secret and must not stand in a configuration: \(instead)"
        case .wrongType(let path, let value, let kind, let allowed, let standard):
            "\(path) = \(value) has the wrong type: it takes \(kind), \(allowed) (default \(standard))"
        case .notAllowed(let path, let value, let allowed, let standard):
            "\(path) = \(value) is not allowed: it takes \(allowed) (default \(standard))"
        case .secret(let name, let reason): "\(name): \(reason)"
        }
    }
}
