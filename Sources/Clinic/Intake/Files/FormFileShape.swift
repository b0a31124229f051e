/// How much a file of images would cost whoever decodes it, found without decoding it: a few kilobytes may claim to be
/// gigabytes of pixels.
package struct FormFileShape: Hashable, Sendable {
    package let pages: Int
    /// Of the largest page.
    package let pixels: Int

    /// At most so many pages of a TIFF are counted.
    private static let mostPages = 10_000

    /// Nil where the file is malformed, or is a PDF, whose pages have no pixels.
    package init?(_ bytes: [UInt8], type: FormFileType) {
        let shape: (pages: Int, pixels: Int)?
        switch type {
        case .png: shape = Self.png(bytes)
        case .jpeg: shape = Self.jpeg(bytes)
        case .tiff: shape = Self.tiff(bytes)
        case .pdf: shape = nil
        }
        guard let shape, shape.pages > 0, shape.pixels > 0 else { return nil }
        pages = shape.pages
        pixels = shape.pixels
    }

    private static func area(_ width: Int, _ height: Int) -> Int {
        let (area, overflow) = width.multipliedReportingOverflow(by: height)
        return overflow ? .max : area
    }

    /// PNG: IHDR is the first chunk (W3C PNG, section 11.2.1).
    private static func png(_ bytes: [UInt8]) -> (Int, Int)? {
        guard bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) else { return nil }
        let reader = ByteReader(bytes, isBigEndian: true)
        guard let width = reader.number(at: 16, bytes: 4), let height = reader.number(at: 20, bytes: 4) else {
            return nil
        }
        return (1, area(width, height))
    }

    /// JPEG: the first start-of-frame segment (ITU-T T.81, B.2.2).
    private static func jpeg(_ bytes: [UInt8]) -> (Int, Int)? {
        let reader = ByteReader(bytes, isBigEndian: true)
        var place = 2
        while place + 4 <= bytes.count {
            guard bytes[place] == 0xFF else { return nil }
            let marker = bytes[place + 1]
            if marker == 0xFF {
                place += 1
                continue
            }
            if marker == 0x01 || (0xD0...0xD7).contains(marker) {
                place += 2
                continue
            }
            guard let length = reader.number(at: place + 2, bytes: 2), length >= 2, marker != 0xD9, marker != 0xDA
            else {
                return nil
            }
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                guard let height = reader.number(at: place + 5, bytes: 2),
                    let width = reader.number(at: place + 7, bytes: 2)
                else { return nil }
                return (1, area(width, height))
            }
            place += 2 + length
        }
        return nil
    }

    /// TIFF: a chain of directories, each a page (TIFF 6.0, section 2). A chain that leads back has too many pages.
    private static func tiff(_ bytes: [UInt8]) -> (Int, Int)? {
        let reader = ByteReader(bytes, isBigEndian: bytes.first == 0x4D)
        guard var place = reader.number(at: 4, bytes: 4) else { return nil }
        var pages = 0
        var largest = 0
        while place != 0, pages < mostPages {
            guard let count = reader.number(at: place, bytes: 2), count > 0 else { return nil }
            var (width, height) = (0, 0)
            for entry in 0..<count {
                let start = place + 2 + entry * 12
                guard let tag = reader.number(at: start, bytes: 2), let kind = reader.number(at: start + 2, bytes: 2)
                else { return nil }
                guard tag == 256 || tag == 257 else { continue }
                guard let value = reader.number(at: start + 8, bytes: kind == 3 ? 2 : 4) else { return nil }
                if tag == 256 { width = value } else { height = value }
            }
            largest = max(largest, area(width, height))
            pages += 1
            guard let next = reader.number(at: place + 2 + count * 12, bytes: 4) else { return nil }
            place = next
        }
        return (pages, largest)
    }
}

/// Reads whole numbers out of bytes; nil beyond their end.
private struct ByteReader {
    private let bytes: [UInt8]
    private let isBigEndian: Bool

    init(_ bytes: [UInt8], isBigEndian: Bool) {
        self.bytes = bytes
        self.isBigEndian = isBigEndian
    }

    func number(at place: Int, bytes count: Int) -> Int? {
        guard place >= 0, place <= bytes.count - count else { return nil }
        let slice = bytes[place..<place + count]
        return (isBigEndian ? Array(slice) : slice.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
}
