import Foundation
import Testing

@testable import Settings

@Suite("Secrets")
struct SecretsTests {
    private let long = String(repeating: "k", count: 32)

    private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "secret \(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }

    @Test("nothing is given, nothing is there")
    func nothing() throws {
        let secrets = try Secrets.load(for: Settings(), environment: ["DATABASE_URL": ""])
        #expect(secrets.databaseURL == nil && secrets.tokenSecret == nil && secrets.encryptionKey == nil)
    }

    @Test("a secret comes from its file without the final line break, and the environment wins")
    func fileAndEnvironment() throws {
        try withFile(long + "\r\n") { file in
            var settings = Settings()
            settings.authentication.secretFile = file
            #expect(try Secrets.load(for: settings, environment: [:]).tokenSecret?.revealed == long)
            let other = String(repeating: "x", count: 40)
            let secrets = try Secrets.load(for: settings, environment: ["ALERT_HUB_JWT_SECRET": other])
            #expect(secrets.tokenSecret?.revealed == other)
        }
    }

    @Test("a secret too short for HS256 is refused, without showing it")
    func tooShort() {
        do {
            _ = try Secrets.load(for: Settings(), environment: ["ALERT_HUB_JWT_SECRET": "hunter2"])
            Issue.record("accepted")
        } catch {
            #expect(error.description == "ALERT_HUB_JWT_SECRET: the secret has 7 bytes, HS256 needs 32")
        }
    }

    @Test("a missing, an empty and a binary secret file are refused by name")
    func badFiles() throws {
        var settings = Settings()
        settings.encryption.keyFile = "/nonexistent/key"
        #expect(throws: SettingsError.unreadable(file: "/nonexistent/key", reason: "there is no such file")) {
            try Secrets.load(for: settings, environment: [:])
        }
        settings.encryption.keyFile = "/"
        #expect(throws: SettingsError.unreadable(file: "/", reason: "it is a directory")) {
            try Secrets.load(for: settings, environment: [:])
        }
        try withFile("\n") { file in
            settings.encryption.keyFile = file
            #expect(throws: SettingsError.unreadable(file: file, reason: "it is empty")) {
                try Secrets.load(for: settings, environment: [:])
            }
        }
    }

    @Test("a bucket for forms needs its key's secret, and none is looked for without a bucket")
    func bucket() throws {
        var settings = Settings()
        #expect(try Secrets.load(for: settings, environment: ["ALERT_HUB_S3_SECRET_KEY": "s"]).s3SecretKey == nil)
        settings.intake.s3.bucketURL = "https://forms.example"
        #expect(throws: SettingsError.self) { try Secrets.load(for: settings, environment: [:]) }
        let secrets = try Secrets.load(for: settings, environment: ["ALERT_HUB_S3_SECRET_KEY": "s"])
        #expect(secrets.s3SecretKey?.revealed == "s")
        try withFile("from a file\n") { file in
            settings.intake.s3.secretAccessKeyFile = file
            let kept = try Secrets.load(for: settings, environment: [:])
            #expect(kept.s3SecretKey?.revealed == "from a file")
        }
    }

    @Test("a secret does not print, interpolate or dump")
    func doesNotPrint() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        let shown = "\(secret)" + String(reflecting: secret) + String(describing: Optional(secret)) + dumped
        #expect(!shown.contains("hunter2"))
    }
}
