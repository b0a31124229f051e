import Glibc
import TestSupport
import Transport

/// A certificate for the benchmark's own hubs, made by the openssl command in a directory of its own; ECDSA on P-256.
enum BenchCertificate {
    /// The command failed.
    struct Failure: Error {
        let errors: String
    }

    static func configuration() throws -> TLSConfiguration {
        var template = Array("/tmp/alert-hub-bench-XXXXXX".utf8CString)
        guard let made = unsafe mkdtemp(&template) else { throw Failure(errors: "mkdtemp") }
        let directory = unsafe String(cString: made)
        let files = TLSCertificates.Files(certificate: "\(directory)/certificate.pem", key: "\(directory)/key.pem")
        defer {
            unsafe unlink(files.certificate)
            unsafe unlink(files.key)
            unsafe rmdir(directory)
        }
        let result = try HubProgram.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                "-subj", "/CN=localhost", "-keyout", files.key, "-out", files.certificate,
            ])
        guard result.exitCode == 0 else { throw Failure(errors: result.errors) }
        return TLSConfiguration(try TLSCertificates(reading: [files]))
    }
}
