import Testing

@testable import Settings

@Suite("Endpoint")
struct EndpointTests {
    @Test(
        "what is written is read and written again",
        arguments: ["127.0.0.1:8080", "[::1]:0", "localhost:65535", "[fe80::1]:443", "hub-1.clinic.example:80"])
    func roundTrip(text: String) {
        #expect(Endpoint(text)?.description == text)
    }

    @Test(
        "what has no host or no port is refused",
        arguments: [
            "", ":", "8080", ":8080", "localhost", "localhost:", "localhost:65536", "localhost:-1", "localhost:+1",
            "::1:8080", "[::1]", "[::1:80", "[]:80", "[local]:80", "a b:80", "http://localhost:80", "host:８０",
        ])
    func refused(text: String) {
        #expect(Endpoint(text) == nil)
    }
}
