import Foundation
import FuzzTargets
import Testing

/// The inputs that fuzzing began with and what it found, read again at every test run.
@Suite("The fuzzers' corpora")
struct CorpusTests {
    @Test("every input of the corpus keeps the invariants", arguments: FuzzTarget.allCases)
    func replays(_ target: FuzzTarget) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/\(target.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 4, "a corpus is where fuzzing starts")
        for file in files {
            let input = Array(try Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.check(input) }
        }
    }

    @Test("random bytes keep them too", arguments: FuzzTarget.allCases)
    func random(_ target: FuzzTarget) throws {
        for length in 0..<64 {
            let input = (0..<length).map { _ in UInt8.random(in: 0...255) }
            #expect(throws: Never.self, "\(input)") { try target.check(input) }
        }
    }
}
