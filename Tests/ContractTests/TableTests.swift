import API
import Clinic
import Escalation
import Foundation
import Gateways
import HubProtocol
import TestSupport
import Testing
import Transport
import Wire

@Suite("Tables of the contract")
struct TableTests {
    private static func rows(_ file: String) throws -> [JSONValue] {
        try #require(try JSONReader.read(Contract.bytes("Protocol/\(file)")).arrayValue)
    }

    /// The texts that a schema allows at a place of it.
    private static func words(_ schema: String, _ path: String...) throws -> [String] {
        var value = try JSONReader.read(Contract.bytes("Protocol/schemas/\(schema).json"))
        for step in path + ["enum"] { value = try #require(value[step], "\(schema) \(path)") }
        return try #require(value.arrayValue).compactMap(\.stringValue)
    }

    @Test("close codes are the hub's, with the same advice")
    func closeCodes() throws {
        let rows = try Self.rows("close-codes.json")
        let table = rows.map { "\($0["code"]?.integerValue ?? 0) \($0["name"] ?? "") \($0["reconnect"] ?? "")" }
        let code = SessionEnd.allCases.map { end in
            let row: [JSONValue] = [.string("\(end)"), .bool(end.invitesReconnect)]
            return "\(end.rawValue) \(row[0]) \(row[1])"
        }
        #expect(table == code)
        for row in rows { #expect(row["meaning"]?.stringValue?.isEmpty == false) }
    }

    @Test("error codes are the hub's, with the same names and hopes")
    func errorCodes() throws {
        let rows = try Self.rows("error-codes.json")
        let table = rows.map { [$0["code"], $0["name"], $0["temporary"]] }
        #expect(
            table == ErrorCode.allCases.map { [.integer(Int64($0.rawValue)), .string($0.name), .bool($0.isTemporary)] })
        #expect(try Self.words("Error", "properties", "name") == ErrorCode.allCases.map(\.name))
        for row in rows { #expect(row["meaning"]?.stringValue?.isEmpty == false) }
    }

    @Test("problem kinds are those that the API throws, and the schema allows")
    func problemKinds() throws {
        let kinds = try Self.rows("problem-kinds.json").compactMap { $0["kind"]?.stringValue }
        let types = try Self.rows("problem-kinds.json").compactMap { $0["type"]?.stringValue }
        let source = try SourceScan.text(under: "Sources/API")
        let thrown = source.matches(of: /(?:Problem|self\.init)\(\s*[\w.]+,\s*"([a-z]+(?:-[a-z]+)*)"/)
        #expect(Set(thrown.map { String($0.output.1) }) == Set(kinds))
        #expect(types == kinds.map { "urn:alert-hub:problem:\($0)" })
        #expect(try Self.words("Problem", "properties", "type") == ["about:blank"] + types)
    }

    @Test("problems are by the schema")
    func problems() {
        let problems = [
            Problem.notFound("alert").response, Problem.forbidden("ADMIN", "acknowledge alerts").response,
            Problem.unavailable.response, Problem.outcomeUnknown.response,
            Problem(JSONFieldError(field: "room", expected: "string", actual: "number")).response,
            Problem(JSONError(.unexpectedEnd, at: 3)).response,
        ]
        let early = HTTPParseError.allCases.map { ProblemResponse.response($0.status, detail: $0.rawValue) }
        for response in problems + early {
            #expect(Contract.validate(response.body, against: "Problem") == [])
            #expect(response.fields["Content-Type"] == "application/problem+json")
        }
    }

    @Test("the words of the schemas are those of the code")
    func words() throws {
        #expect(try Self.words("Common", "$defs", "UrgencyLevel") == UrgencyLevel.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "AlertStatus") == AlertStatus.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "PatientStatus") == PatientStatus.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "Role") == Role.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "KeyScope") == KeyScope.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "ContactKind") == ContactKind.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "UnreachableReason") == UnreachableReason.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "NoticeKind") == NoticeKind.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "Weekday") == Weekday.allCases.map(\.rawValue))
        #expect(try Self.words("Common", "$defs", "AnswerReason") == AnswerReason.allCases.map(\.rawValue))
        #expect(try Self.words("Event", "properties", "event") == HubEvent.Kind.allCases.map(\.rawValue))
        #expect(try Self.words("Receipt", "properties", "stage") == ReceiptStage.allCases.map(\.rawValue))
        #expect(
            try Self.words("TimelineEntry", "properties", "kind") == TimelineEntry.Kind.allCases.map(\.rawValue))
        #expect(
            try Self.words("TimelineEntry", "properties", "reason") == TimelineEntry.Reason.allCases.map(\.rawValue))
        #expect(try Self.words("TimelineEntry", "properties", "way") == AnswerWay.allCases.map(\.rawValue))
        #expect(try Self.words("Attempt", "properties", "state") == DeliveryState.allCases.map(\.rawValue))
        #expect(try Self.words("Attempt", "properties", "template") == TextTemplate.allCases.map(\.rawValue))
    }

    @Test("README.md shows the tables as they are")
    func readme() throws {
        let lines = Set(Contract.text("Protocol/README.md").split(separator: "\n").map(String.init))
        func text(_ value: JSONValue?) -> String { value?.stringValue ?? value?.integerValue.map(String.init) ?? "" }
        func yes(_ value: JSONValue?) -> String { value == true ? "yes" : "no" }
        for row in try Self.rows("close-codes.json") {
            let line =
                "\(text(row["code"])) | \(text(row["name"])) | \(yes(row["reconnect"])) | \(text(row["meaning"]))"
            #expect(lines.contains("| \(line) |"), "\(line)")
        }
        for row in try Self.rows("error-codes.json") {
            let line =
                "\(text(row["code"])) | \(text(row["name"])) | \(yes(row["temporary"])) | \(text(row["meaning"]))"
            #expect(lines.contains("| \(line) |"), "\(line)")
        }
        for row in try Self.rows("problem-kinds.json") {
            let statuses = row["statuses"]?.arrayValue?.map(text).joined(separator: ", ") ?? ""
            let line = "\(text(row["kind"])) | \(statuses) | \(text(row["meaning"]))"
            #expect(lines.contains("| \(line) |"), "\(line)")
        }
    }
}
