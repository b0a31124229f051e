import Glibc
import Platform
package import Wire

/// A local gateway under test: the real program as a process of its own, which keeps a file of all that it was sent.
package final class GatewayProcess: Sendable {
    /// What a gateway's file says of one message.
    package struct Entry: Sendable {
        package let attempt: String
        /// RFC 3339, by the machine's clock.
        package let at: String
        package let to: String
        package let body: String
        /// The whole body of the request.
        package let request: String
        package let gateway: String
        /// Whether the message went out, whatever its sender was answered.
        package let isTaken: Bool
    }

    package let port: UInt16
    package let token: String
    private let directory: String
    private let leash: Leash
    private let running = Locked<ProcessHandle?>(nil)

    /// Starts a gateway and waits until it listens.
    package init(token: String) throws {
        port = try FreePorts.pair()
        self.token = token
        directory = "/tmp/alert-hub-test-\(getpid())-gateway-\(port)"
        leash = try Leash(directory: directory, gateway: "127.0.0.1:\(port)")
        do {
            try start()
        } catch {
            end()
            throw error
        }
    }

    deinit { end() }

    package var client: HTTPClient { HTTPClient(port: port) }

    package func start() throws {
        let process = try ProcessHandle.start(
            HubProgram.path, ["gateway", "--listen", "127.0.0.1:\(port)", "--log-file", "\(directory)/log"],
            environment: ["PATH=/usr/bin:/bin", "TWILIO_AUTH_TOKEN=\(token)"], output: STDERR_FILENO)
        running.withLock { $0 = process }
        guard poll(within: .seconds(30), { (try? client.get("/faults"))?.status == .ok }) else {
            throw ClientFailure.timedOut("the gateway's start")
        }
    }

    /// `kill -9`: what it was about to call back is lost.
    package func kill() {
        let process = running.withLock { running in
            defer { running = nil }
            return running
        }
        process?.send(SIGKILL)
        _ = process?.waitForEnd(within: .seconds(10))
    }

    /// Makes it fail as a script says; forgotten when it is killed.
    package func fail(_ script: JSONValue) throws {
        guard try client.send(.put, "/faults", script).status == .noContent else {
            throw ClientFailure.malformed("the gateway's faults")
        }
    }

    /// All that it was sent, over all starts.
    package var entries: [Entry] {
        HubProgram.text("\(directory)/log").split(separator: "\n").compactMap { line in
            guard let json = try? JSONReader.readObject(Array(line.utf8)) else { return nil }
            return Entry(
                attempt: json["attempt"]?.stringValue ?? "", at: json["at"]?.stringValue ?? "",
                to: json["to"]?.stringValue ?? "", body: json["body"]?.stringValue ?? "",
                request: json["request"]?.stringValue ?? "",
                gateway: json["gateway"]?.stringValue ?? "", isTaken: json["isTaken"] == true)
        }
    }

    /// Ends it and removes its files. Only the first call acts.
    package func end() {
        kill()
        leash.end()
    }
}
