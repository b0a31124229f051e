package import Platform

/// Why certificates cannot be served. All are the operator's to mend; what is served already goes on.
package enum TLSError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be read: look at its path and its mode.
    case unreadable(file: String, SystemError)
    /// No certificate in PEM in it, or one that is broken.
    case malformedCertificate(file: String)
    /// No private key in PEM in it, a broken one, or one that a password protects.
    case malformedKey(file: String)
    /// The key is not the certificate's; the two files belong to different pairs.
    case keyOfAnotherCertificate(certificate: String, key: String)
    /// No pair of files is named.
    case noCertificate
    /// OpenSSL refused what it should take, such as a key that is too short; its words.
    case refused(String)

    package var description: String {
        switch self {
        case .unreadable(let file, let error): "\(file) cannot be read: \(error)"
        case .malformedCertificate(let file): "\(file) holds no certificate in PEM form"
        case .malformedKey(let file): "\(file) holds no private key in PEM form without a password"
        case .keyOfAnotherCertificate(let certificate, let key):
            "the key in \(key) is not that of the certificate in \(certificate)"
        case .noCertificate: "no certificate is named"
        case .refused(let words): "OpenSSL refused: \(words)"
        }
    }
}
