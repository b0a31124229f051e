import Glibc
import TestSupport
import Testing

/// What the hub promises, tried on the real program with its real database, sockets and gateway; one promise a file.
///
/// They run one after another: several of them measure time or take the machine's two cores for themselves.
@Suite("Scenarios", .serialized)
enum Scenarios {}

/// A hub that several suites share: nothing that a test does to it may hinder another. Its alerts do not escalate.
enum SharedHub {
    private static let result: Result<HubProcess, any Error> = Result {
        let hub = try HubProcess()
        atexit { SharedHub.end() }
        try hub.useFastPolicy(firstWait: 3_600)
        return hub
    }

    static func get() throws -> HubProcess { try result.get() }

    private static func end() {
        if case .success(let hub) = result { hub.end() }
    }
}
