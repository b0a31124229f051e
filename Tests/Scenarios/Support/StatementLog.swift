import Database
import Foundation
import TestSupport
import Testing

/// What PostgreSQL itself says that it was asked to do for a user: every statement, in order, by its name and text, and the
/// beginning of each transaction.
///
/// PostgreSQL writes a statement down before it answers it, so all of a request is in the log once the request is answered.
/// A session tells on whose behalf it works at the beginning of each transaction; what follows is that user's.
final class StatementLog {
    private let file: FileHandle
    private var rest = ""
    /// For whom each session, by its process, works at the moment; empty while that is being told.
    private var users: [Substring: Substring] = [:]

    /// Starts the hub anew, so that all its sessions write down what they do.
    init(_ hub: HubProcess) throws {
        _ = try hub.sql(.superuser).query("ALTER ROLE alert_hub SET log_statement = 'all'")
        hub.kill()
        try hub.start()
        file = try #require(FileHandle(forReadingAtPath: "\(hub.dataDirectory)/postgres/log"))
    }

    /// The statements that were run for a user since the last call.
    func statements(of user: String) throws -> [String] {
        let text = rest + String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        // The last entry may go on: what follows a line feed is a new line or the rest of this one.
        let end = text.lastIndex(of: "\n").map { text.index(after: $0) } ?? text.startIndex
        rest = String(text[end...])
        var found: [String] = []
        for entry in entries(text[..<end]) {
            guard let match = entry.wholeMatch(of: Self.form) else { continue }
            let (process, said) = (match.output.1, match.output.3)
            if match.output.2 == "LOG" {
                if said.hasPrefix("execute hub_session_context:") { users[process] = "" }
                // A BEGIN comes before the session has told for whom.
                let isControl = ["BEGIN", "COMMIT", "ROLLBACK"].contains { said.hasSuffix(": \($0)") }
                if users[process]?.elementsEqual(user) == true, !isControl { found.append(String(said)) }
            } else if users[process] == "" {
                // The parameters of what was just said: clinic, role, user.
                users[process] = said.firstMatch(of: Self.thirdParameter)?.output.1
                if users[process]?.elementsEqual(user) == true { found.append("a transaction") }
            }
        }
        return found
    }

    nonisolated(unsafe) private static let form = /[-0-9]+ [0-9:.]+ UTC \[([0-9]+)\] (LOG|DETAIL):  ((?s:.*))/
    nonisolated(unsafe) private static let thirdParameter = /\$3 = '([^']*)'/

    /// An entry begins with a time; its further lines with a tab.
    private func entries(_ text: Substring) -> [Substring] {
        var entries: [Substring] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("\t"), let last = entries.indices.last {
                entries[last] = text[entries[last].startIndex..<line.endIndex]
            } else {
                entries.append(line)
            }
        }
        return entries
    }
}
