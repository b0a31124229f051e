import COpenSSL
import Glibc
import Testing
import Transport

/// A certificate that signs itself, made for one test by libcrypto, with its files in a directory of its own.
final class TestCertificate {
    let directory: String
    /// PEM.
    let certificate: [UInt8]
    let key: [UInt8]

    var files: TLSCertificates.Files {
        TLSCertificates.Files(certificate: "\(directory)/certificate.pem", key: "\(directory)/key.pem")
    }

    /// - Parameter names: the hosts that it is for; the first is the common name too.
    init(_ names: String...) throws {
        let pair = try #require(Self.makeKey())
        defer { EVP_PKEY_free(pair) }
        let made = try #require(X509_new())
        defer { X509_free(made) }
        X509_set_version(made, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(made), Int.random(in: 1...Int.max))
        X509_gmtime_adj(X509_getm_notBefore(made), -60)
        X509_gmtime_adj(X509_getm_notAfter(made), 3_600)
        X509_set_pubkey(made, pair)
        let subject = X509_get_subject_name(made)
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_FLAG | 1, names[0], -1, -1, 0)
        X509_set_issuer_name(made, subject)
        let alternatives = names.map { "DNS:\($0)" }.joined(separator: ",")
        let extensions = try #require(X509V3_EXT_conf_nid(nil, nil, NID_subject_alt_name, alternatives))
        X509_add_ext(made, extensions, -1)
        X509_EXTENSION_free(extensions)
        try #require(X509_sign(made, pair, EVP_sha256()) > 0)
        certificate = try Self.pem { PEM_write_bio_X509($0, made) }
        key = try Self.pem { PEM_write_bio_PrivateKey($0, pair, nil, nil, 0, nil, nil) }
        var template = Array("/tmp/alert-hub-tls-XXXXXX".utf8CString)
        directory = String(cString: try #require(mkdtemp(&template)))
        try Self.write(certificate, to: files.certificate)
        try Self.write(key, to: files.key)
    }

    deinit {
        unlink(files.certificate)
        unlink(files.key)
        rmdir(directory)
    }

    /// Puts other bytes where a file was.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let number = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(number >= 0)
        defer { close(number) }
        try #require(Glibc.write(number, bytes, bytes.count) == bytes.count)
    }

    private static func makeKey() -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &key) == 1
        else { return nil }
        return key
    }

    private static func pem(_ write: (OpaquePointer?) -> CInt) throws -> [UInt8] {
        let bio = try #require(BIO_new(BIO_s_mem()))
        defer { BIO_free(bio) }
        try #require(write(bio) == 1)
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = BIO_read(bio, &bytes, CInt(bytes.count))
        try #require(count > 0)
        return Array(bytes.prefix(Int(count)))
    }
}

extension TLSConfiguration {
    init(_ certificates: TestCertificate...) throws {
        self.init(try TLSCertificates(reading: certificates.map(\.files)))
    }
}
