import Glibc
import Platform
import Testing
import Transport
import Wire

@Suite("TLS certificates")
struct TLSReloadTests {
    @Test("new certificates are for new connections; nobody is dropped")
    func reload() throws {
        let server = try LoopbackServer(tls: TLSConfiguration(TestCertificate("old.test")))
        let old = try server.connectSecurely()
        try old.upgrade()
        let begun = try TLSPeer(port: server.port)
        #expect(eventually { server.counters.accepted == 2 })
        let renewed = try TLSConfiguration(TestCertificate("new.test"))
        #expect(server.onLoop { (try? $0.server.secure(with: renewed)) != nil } == true)
        #expect(try server.connectSecurely().servedName == "new.test")
        try begun.handshake()
        #expect(begun.servedName == "old.test")
        try old.send(.text, Array("still here".utf8))
        #expect(try old.frame() == .text("still here"))
    }

    @Test("a broken file is an error that names it, and what is served stays")
    func brokenFiles() throws {
        let good = try TestCertificate("good.test")
        let other = try TestCertificate("other.test")
        let server = try LoopbackServer(tls: TLSConfiguration(good))
        let absent = TLSCertificates.Files(certificate: "/nonexistent.pem", key: good.files.key)
        #expect(throws: TLSError.unreadable(file: "/nonexistent.pem", SystemError("open", code: ENOENT))) {
            try TLSCertificates(reading: [absent])
        }
        #expect(throws: TLSError.noCertificate) { try TLSCertificates(reading: []) }
        func refusal(_ certificate: [UInt8], _ key: [UInt8]) throws -> TLSError? {
            let broken = try TestCertificate("broken.test")
            try TestCertificate.write(certificate, to: broken.files.certificate)
            try TestCertificate.write(key, to: broken.files.key)
            let configuration = try TLSConfiguration(good, broken)
            return server.onLoop { state in
                do throws(TLSError) {
                    try state.server.secure(with: configuration)
                    return nil
                } catch {
                    return Self.unnamed(error)
                }
            } ?? nil
        }
        #expect(try refusal([], good.key) == .malformedCertificate(file: "certificate.pem"))
        #expect(
            try refusal(Array(good.certificate.dropLast(60)), good.key)
                == .malformedCertificate(file: "certificate.pem"))
        #expect(
            try refusal(good.certificate + Array(other.certificate.dropLast(60)), good.key)
                == .malformedCertificate(file: "certificate.pem"))
        #expect(try refusal(good.certificate, []) == .malformedKey(file: "key.pem"))
        #expect(try refusal(good.certificate, good.certificate) == .malformedKey(file: "key.pem"))
        #expect(
            try refusal(good.certificate, other.key)
                == .keyOfAnotherCertificate(certificate: "certificate.pem", key: "key.pem"))
        #expect(try refusal(good.certificate + other.certificate, good.key) == nil)
        #expect(try server.connectSecurely(.init(host: "good.test")).servedName == "good.test")
    }

    /// The error with the files' directories left out.
    private static func unnamed(_ error: TLSError) -> TLSError {
        func last(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }
        return switch error {
        case .malformedCertificate(let file): .malformedCertificate(file: last(file))
        case .malformedKey(let file): .malformedKey(file: last(file))
        case .keyOfAnotherCertificate(let certificate, let key):
            .keyOfAnotherCertificate(certificate: last(certificate), key: last(key))
        default: error
        }
    }
}
