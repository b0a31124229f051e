import Testing

@testable import Clinic

@Suite("Identifier")
struct IdentifierTests {
    private let text = "0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3"

    @Test("reads and writes the 36-character form")
    func roundTrip() throws {
        let id = try #require(AlertID(text))
        #expect(id.description == text)
        #expect(id.high == 0x0b8f_1c2d_3e4f_4a5b)
        #expect(id.low == 0x8c6d_7e8f_90a1_b2c3)
    }

    @Test("reads upper case and writes lower case")
    func upperCase() throws {
        #expect(try #require(AlertID(text.uppercased())).description == text)
    }

    @Test("reads a part of a longer text")
    func substring() {
        #expect(ClinicID("clinic:\(text)".dropFirst(7))?.description == text)
    }

    @Test(
        "refuses what is not the form",
        arguments: [
            "", "0", "0b8f1c2d3e4f4a5b8c6d7e8f90a1b2c3", "{0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3}",
            "0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c", "0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c33",
            "0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2cg", "0b8f1c2d+3e4f-4a5b-8c6d-7e8f90a1b2c3",
            "0b8f1c2-d3e4f-4a5b-8c6d-7e8f90a1b2c3", "０b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3",
            " 0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3",
        ])
    func refused(_ text: String) {
        #expect(AlertID(text) == nil)
    }

    @Test("comes back from its bytes, and from nothing but sixteen")
    func bytes() throws {
        let id = try #require(UserID(text))
        #expect(id.bytes.count == 16)
        #expect(id.bytes.first == 0x0b)
        #expect(id.bytes.last == 0xc3)
        #expect(UserID(bytes: id.bytes) == id)
        #expect(UserID(bytes: id.bytes.dropLast()) == nil)
        #expect(UserID(bytes: id.bytes + [0]) == nil)
    }

    @Test("a random one is version 4, variant 1")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            let id = PatientID.random(using: &generator)
            #expect(Array(id.description)[14] == "4")
            #expect("89ab".contains(Array(id.description)[19]))
            #expect(PatientID(id.description) == id)
        }
    }

    @Test("sorts as its text does")
    func order() {
        var generator = SystemRandomNumberGenerator()
        let ids = (0..<100).map { _ in AlertID.random(using: &generator) }
        #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    }
}
