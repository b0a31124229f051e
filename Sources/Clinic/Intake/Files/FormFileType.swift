/// What an uploaded form may be, told by its first bytes and not by what its sender says.
package enum FormFileType: String, CaseIterable, Hashable, Sendable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case tiff = "image/tiff"
    case pdf = "application/pdf"

    /// So many bytes tell the type, or that it is none of these.
    package static let signatureLength = 8

    /// Nil for anything else, and for a file of fewer bytes.
    package init?(signature bytes: some Collection<UInt8>) {
        guard bytes.count >= Self.signatureLength else { return nil }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x49, 0x49, 0x2A, 0x00]) || bytes.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) {
            self = .tiff
        } else if bytes.starts(with: Array("%PDF-".utf8)) {
            self = .pdf
        } else {
            return nil
        }
    }

    /// Whether a part of this media type may hold it. One that is not named, or only called bytes, may hold anything.
    package func fits(mediaType: String?) -> Bool {
        switch mediaType {
        case nil, "application/octet-stream", rawValue: true
        case "image/jpg", "image/pjpeg": self == .jpeg
        case "image/tif", "image/x-tiff": self == .tiff
        default: false
        }
    }
}
