import Clinic
import Testing

@Suite("Files of forms")
struct FormFileTests {
    @Test("The type is told by the first bytes alone")
    func signatures() {
        #expect(FormFileType(signature: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .png)
        #expect(FormFileType(signature: [0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0, 0]) == .jpeg)
        #expect(FormFileType(signature: [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0]) == .tiff)
        #expect(FormFileType(signature: [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8]) == .tiff)
        #expect(FormFileType(signature: Array("%PDF-1.7".utf8)) == .pdf)
        for other in ["MZ......", "<svg xml", "GIF89a..", "\u{7F}ELF....", "%PDF", ""] {
            #expect(FormFileType(signature: Array(other.utf8)) == nil, "\(other)")
        }
    }

    @Test("A part may name the type it has, or none, but no other")
    func mediaTypes() {
        #expect(FormFileType.jpeg.fits(mediaType: "image/jpg"))
        #expect(FormFileType.png.fits(mediaType: nil))
        #expect(FormFileType.tiff.fits(mediaType: "application/octet-stream"))
        #expect(!FormFileType.png.fits(mediaType: "image/jpeg"))
        #expect(!FormFileType.pdf.fits(mediaType: "text/html"))
    }

    private static let png: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
        + [0, 0, 0x04, 0, 0, 0, 0x02, 0]

    @Test("A PNG's size is that of its header")
    func png() throws {
        let shape = try #require(FormFileShape(Self.png, type: .png))
        #expect(shape.pages == 1 && shape.pixels == 1_024 * 512)
        #expect(FormFileShape(Array(Self.png.dropLast()), type: .png) == nil)
        let bomb = Array(Self.png.prefix(16)) + [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]
        #expect(try #require(FormFileShape(bomb, type: .png)).pixels > 1 << 60)
    }

    @Test("A JPEG's size is that of its first frame, behind whatever stands before it")
    func jpeg() throws {
        let frame: [UInt8] = [0xFF, 0xC2, 0, 11, 8, 0x03, 0, 0x05, 0, 1, 1, 0, 0]
        let bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xC4, 0, 2] + frame
        #expect(FormFileShape(bytes, type: .jpeg)?.pixels == 0x300 * 0x500)
        for count in 2..<bytes.count - 4 {
            #expect(FormFileShape(Array(bytes.prefix(count)), type: .jpeg) == nil, "\(count) bytes")
        }
        #expect(FormFileShape([0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 1], type: .jpeg) == nil)
    }

    /// A TIFF of these pages; `isLooped` leads the last back to the first.
    private func tiff(_ pages: [(Int, Int)], isLooped: Bool = false) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var bytes: [UInt8] = [0x49, 0x49, 0x2A, 0] + little(8, 4)
        for (index, page) in pages.enumerated() {
            let next = index + 1 < pages.count ? bytes.count + 2 + 24 + 4 : isLooped ? 8 : 0
            bytes += little(2, 2)
            bytes += little(256, 2) + little(3, 2) + little(1, 4) + little(page.0, 4)
            bytes += little(257, 2) + little(4, 2) + little(1, 4) + little(page.1, 4)
            bytes += little(next, 4)
        }
        return bytes
    }

    @Test("A TIFF's pages are counted, and one that leads back to itself has too many")
    func tiffs() throws {
        let shape = try #require(FormFileShape(tiff([(10, 20), (30, 40), (5, 5)]), type: .tiff))
        #expect(shape.pages == 3 && shape.pixels == 1_200)
        #expect(try #require(FormFileShape(tiff([(1, 1)], isLooped: true), type: .tiff)).pages >= 10_000)
        #expect(FormFileShape(Array(tiff([(10, 20)]).dropLast(3)), type: .tiff) == nil)
        #expect(FormFileShape([0x49, 0x49, 0x2A, 0, 0xFF, 0xFF, 0xFF, 0xFF], type: .tiff) == nil)
    }
}
