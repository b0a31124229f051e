import Clinic
import Database
import Glibc
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("The harness itself")
    struct NothingRemains {
        @Test("A hub that is let go of leaves neither its process, its PostgreSQL, its gateway nor its files")
        func letGo() throws {
            var hub: HubProcess? = try HubProcess()
            let server = try #require(hub?.serverProcess)
            let directory = try #require(hub?.dataDirectory)
            let gateway = try #require(hub?.gateway)
            let client = try #require(hub?.client)
            #expect(try gateway.get("/log").status == .ok)
            hub = nil
            #expect(poll(within: .seconds(5)) { Glibc.kill(server, 0) != 0 })
            #expect(access(directory, F_OK) != 0)
            #expect(throws: ClientFailure.self) { try gateway.get("/log") }
            #expect(throws: ClientFailure.self) { try client.get("/health/live") }
        }
    }
}
