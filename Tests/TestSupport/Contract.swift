package import Foundation
import Wire

/// The files of `Protocol/`, for tests that hold the hub to them.
///
///     #expect(Contract.validate(answer.body, against: "AlertDetail") == [])
///     #expect(Contract.statuses(of: "POST", "/api/v1/alerts").contains(answer.status))
package enum Contract {
    /// An answer may be longer than what the hub takes.
    private static let limits = JSONLimits(maximumBytes: 16 << 20)

    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All schemas by name; those that cannot be read are missing, and whoever asks for them is told.
    package static let schemas = SchemaSet(
        files("Protocol/schemas").reduce(into: [:]) { documents, file in
            documents[file.name] = try? JSONReader.read(file.bytes, limits: limits)
        })

    /// What is wrong with a document that the hub sent, one line a fault; empty if nothing is. Members that the schema
    /// does not name are faults too.
    package static func validate(_ json: [UInt8], against schema: String) -> [String] {
        faults(of: json, by: schema, undocumented: .refused)
    }

    /// The same as JSON Schema has it: members that are not named are allowed, unless the schema refuses them.
    package static func faults(
        of json: [UInt8], by schema: String, undocumented: SchemaSet.Undocumented = .allowed
    ) -> [String] {
        do {
            let value = try JSONReader.read(json, limits: limits)
            return schemas.faults(of: value, by: schema, undocumented: undocumented)
        } catch {
            return ["not JSON: \(error)"]
        }
    }

    /// A file of `Protocol/` or beside it.
    package struct File: Sendable, CustomStringConvertible {
        /// Without `.json`.
        package let name: String
        package let bytes: [UInt8]

        package var description: String { name }

        /// The schema that an example is of: its name up to the first point.
        package var schema: String { name.split(separator: ".").first.map(String.init) ?? name }
    }

    /// The JSON files of a folder, by name.
    package static func files(_ folder: String) -> [File] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            File(name: String(name.dropLast(5)), bytes: bytes("\(folder)/\(name)"))
        }
    }

    /// A file by its path in the repository; empty if it is not there.
    package static func bytes(_ path: String) -> [UInt8] {
        (try? Data(contentsOf: root.appending(path: path))).map(Array.init) ?? []
    }

    package static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }
}
