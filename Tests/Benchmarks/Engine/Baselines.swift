import Glibc
import TestSupport
import Wire

/// The counts that may not be exceeded: `Tests/Benchmarks/Baselines/counts.json`, one number a name.
struct Baselines {
    private var limits: [String: Double] = [:]

    /// What is wrong with the file.
    struct Fault: Error {
        let path: String
    }

    init() throws {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let path = "/\(folder)/Baselines/counts.json"
        guard let object = try? JSONReader.readObject(Array(HubProgram.text(path).utf8)) else {
            throw Fault(path: path)
        }
        for member in object.members {
            switch member.value {
            case .integer(let count): limits[member.name] = Double(count)
            case .number(let count): limits[member.name] = count
            default: throw Fault(path: path)
            }
        }
    }

    subscript(name: String) -> Double? { limits[name] }
}
