import Foundation
import Testing

@testable import Settings

@Suite("SettingTable")
struct SettingTableTests {
    private let shipped = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Config/hub.json5")

    private func text() throws -> String { try String(contentsOf: shipped, encoding: .utf8) }

    @Test("each key fills the property that has its name, and no two the same")
    func places() {
        for key in SettingTable.keys {
            #expect("\(key.place)" == "\\Settings.\(key.path)")
        }
        #expect(Set(SettingTable.keys.map(\.path)).count == SettingTable.keys.count)
    }

    @Test("each property of Settings has its key")
    func everyPropertyHasAKey() {
        func leaves(_ value: Any, _ path: String) -> [String] {
            let mirror = Mirror(reflecting: value)
            guard mirror.displayStyle == .struct, !(value is Endpoint), !mirror.children.isEmpty,
                !(value is String), !(value is Int), !(value is Bool)
            else { return [path] }
            return mirror.children.flatMap { child in
                leaves(child.value, path.isEmpty ? child.label ?? "?" : "\(path).\(child.label ?? "?")")
            }
        }
        #expect(Set(leaves(Settings(), "")) == Set(SettingTable.keys.map(\.path)))
    }

    @Test("each default is allowed by its own rule")
    func defaultsAreAllowed() {
        for key in SettingTable.keys {
            var settings = Settings()
            #expect(key.write(key.standard, &settings) == .taken, "\(key.path)")
            #expect(settings == Settings())
        }
        #expect(Settings.problems(inText: "{}").isEmpty)
    }

    @Test("the shipped file is the defaults")
    func shippedFileIsTheDefaults() throws {
        #expect(Settings.problems(inFile: shipped.path).isEmpty)
        let loaded = try Settings.load(file: shipped.path)
        #expect(loaded.settings == Settings())
        #expect(loaded.file == shipped.path)
    }

    @Test("the shipped file has each key of the table, and the table each key of the file")
    func sameKeys() throws {
        // Foundation's own JSON5 decoder, so that other tools can read the file too.
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let found = try decoder.decode(KeyPaths.self, from: Data(contentsOf: shipped)).paths
        #expect(Set(found) == Set(SettingTable.keys.map(\.path)))
    }

    @Test("the comment above each key says its type, range, unit and default")
    func comments() throws {
        let lines = try text().split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        var rest = lines[...]
        for key in SettingTable.keys {
            let name = key.path.split(separator: ".").last.map(String.init) ?? ""
            let index = try #require(rest.firstIndex { $0.hasPrefix(name + ": ") }, "\(key.path)")
            #expect(rest[index] == "\(name): \(key.standard),")
            let comment = lines[..<index].reversed().prefix { $0.hasPrefix("//") }.reversed().joined(separator: "\n")
            #expect(comment.contains(SettingTable.rangeLine(of: key)), "\(key.path)")
            rest = rest[(index + 1)...]
        }
    }

    @Test("the shipped file is what `alert-hub config defaults` prints")
    func document() throws {
        #expect(try text() == SettingTable.document)
        #expect(SettingTable.document.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("the report shows every value, and the default beside those that differ")
    func report() {
        var settings = Settings()
        settings.limits.fragments = 8
        let lines = SettingTable.report(settings).split(separator: "\n")
        #expect(lines.count == SettingTable.keys.count)
        #expect(lines.contains("limits.fragments = 8 (default 64)"))
        #expect(lines.contains("limits.headerFields = 64"))
    }
}

/// The dotted paths of the values in a file, and nothing of the values.
private struct KeyPaths: Decodable {
    let paths: [String]

    init(from decoder: any Decoder) throws {
        guard let section = try? decoder.container(keyedBy: Name.self) else {
            paths = [decoder.codingPath.map(\.stringValue).joined(separator: ".")]
            return
        }
        paths = try section.allKeys.flatMap { try section.decode(KeyPaths.self, forKey: $0).paths }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
