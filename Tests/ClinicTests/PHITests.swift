import Testing

@testable import Clinic

@Suite("PHI")
struct PHITests {
    private let name = PHI("Ada Lovelace")

    @Test("comes out through the one exit")
    func exit() {
        #expect(name.disclosed(to: .clinicScreens) == "Ada Lovelace")
        #expect(name.map { $0.utf8.count }.disclosed(to: .sealing) == 12)
    }

    @Test("does not print, reflect or dump")
    func silent() {
        var dumped = ""
        dump(name, to: &dumped)
        let reflected = String(reflecting: name)
        let described = String(describing: name)
        let inside = String(describing: [Optional.some(name)])
        for text in [dumped, reflected, described, inside, interpolated(name)] {
            #expect(!text.contains("Ada"))
            #expect(text.contains("PHI"))
        }
        #expect(Mirror(reflecting: name).children.isEmpty)
    }

    @Test("stays silent inside another value")
    func nested() {
        struct Row { let patientName: PHI<String> }
        var dumped = ""
        dump(Row(patientName: name), to: &dumped)
        #expect(!dumped.contains("Ada"))
        #expect(!interpolated(Row(patientName: name)).contains("Ada"))
    }

    // A generic function sees no PHI, so the overload that does not compile is not chosen here.
    private func interpolated<Value>(_ value: Value) -> String { "\(value)" }
}
