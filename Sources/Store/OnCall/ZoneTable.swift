package import Clinic
import Glibc

/// The zones of this machine by their IANA names, read from its zone files when they are first asked for. Loop-confined.
///
/// A file has some KiB and lies in the page cache: reading one, once, takes microseconds. Where the machine has no zone
/// files, UTC alone is known.
package final class ZoneTable {
    package static let systemDirectory = "/usr/share/zoneinfo"
    private static let maximumRemembered = 1_000

    private let directory: String
    private var known: [String: TimeZoneRules?] = [:]

    package init(directory: String = ZoneTable.systemDirectory) { self.directory = directory }

    /// The rules of a zone; nil for a name that is none here.
    package func rules(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        guard Self.isName(name) else { return nil }
        if let remembered = known[name] { return remembered }
        let rules = Self.read("\(directory)/\(name)").flatMap { TimeZoneRules(tzif: $0) }
        if known.count >= Self.maximumRemembered { known.removeAll() }
        known[name] = .some(rules)
        return rules
    }

    /// Names lead to files, so nothing but letters, digits and their joints may stand in one: no dot, hence no way up.
    /// `posix/` and `right/` hold other forms of the same zones.
    private static func isName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return name.utf8.count <= 64 && (1...3).contains(parts.count) && parts[0] != "posix" && parts[0] != "right"
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                            || byte == 0x5f || byte == 0x2d || byte == 0x2b
                    }
            }
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            (1...TimeZoneRules.maximumBytes).contains(Int(status.st_size))
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        return count == bytes.count ? bytes : nil
    }
}
