import Glibc
import Platform
import TestSupport

/// `openssl s_server` with a certificate of its own making, on a free port of loopback.
final class TLSServer {
    static let program = "/usr/bin/openssl"
    static var isAvailable: Bool { unsafe access(program, X_OK) == 0 }

    let port: UInt16
    /// The certificate, which is its own authority.
    let certificateFile: String
    private let keyFile: String
    private let server: ProcessHandle

    /// `name` is the certificate's subject alternative name, such as `IP:127.0.0.1`.
    init(name: String) throws {
        let stem = "/tmp/alert-hub-tls-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        certificateFile = "\(stem).certificate.pem"
        keyFile = "\(stem).key.pem"
        let made = try HubProgram.run(
            Self.program,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", keyFile, "-out", certificateFile,
            ])
        guard made.exitCode == 0 else { throw NotStarted(why: made.errors) }
        var pipe: [CInt] = [-1, -1]
        guard unsafe Glibc.pipe(&pipe) == 0 else { throw SystemError("pipe") }
        let reading = FileDescriptor(owning: pipe[0])
        server = try Self.start(
            ["s_server", "-accept", "127.0.0.1:0", "-cert", certificateFile, "-key", keyFile, "-www"],
            output: FileDescriptor(owning: pipe[1]))
        port = try Self.port(toldBy: reading)
    }

    deinit {
        server.send(SIGKILL)
        _ = server.waitForEnd(within: .seconds(30))
        unsafe unlink(certificateFile)
        unsafe unlink(keyFile)
    }

    /// This process keeps no end of `output`, so that its other end tells when the program ends.
    private static func start(_ arguments: [String], output: consuming FileDescriptor) throws -> ProcessHandle {
        try ProcessHandle.start(program, arguments, environment: [], output: output.number, keepsErrors: false)
    }

    /// Reads up to the line `ACCEPT 127.0.0.1:PORT`.
    private static func port(toldBy output: borrowing FileDescriptor) throws -> UInt16 {
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe read(output.number, &bytes, bytes.count)
            guard count > 0 else { throw NotStarted(why: text) }
            text += String(decoding: bytes.prefix(count), as: UTF8.self)
            let line = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") }
            if let port = line?.split(separator: ":").last.flatMap({ UInt16($0) }) { return port }
        }
    }

    struct NotStarted: Error {
        let why: String
    }
}
