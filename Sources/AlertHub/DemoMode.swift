import API
import Clinic
import Cryptography
import Database
import Glibc
import Platform
import Settings
import Store
import Transport

/// The fixed data of demo mode.
enum DemoSeed {
    private final class Loop {
        let reactor: Reactor
        let pool: Pool
        init(_ reactor: Reactor, _ settings: ConnectionSettings) {
            self.reactor = reactor
            var limits = Pool.Limits()
            limits.connections = 1
            pool = Pool(reactor: reactor, settings: settings, limits: limits)
            pool.start()
        }
    }

    /// Writes what is missing. Blocks.
    static func run(_ owner: ConnectionSettings, vault: PHIVault) throws {
        let loop = try EventLoop(name: "demo-seed") { Loop($0, owner) }
        let failure = Locked<String?>(nil)
        let done = Latch()
        loop.post { state in
            state.reactor.spawn {
                do {
                    try await state.pool.waitUntilAvailable(within: .seconds(10))
                    try await DemoData.seed(state.pool, vault: vault)
                } catch {
                    let text = "the demo data could not be written: \(error)"
                    failure.withLock { $0 = text }
                }
                state.pool.close()
                done.open()
            }
        }
        done.wait()
        loop.stop()
        loop.join()
        if let text = failure.withLock({ $0 }) { throw StartError(text) }
    }

    /// Whom the page's sign-in offers.
    static var users: [DemoUser] {
        DemoData.people.map { person in
            DemoUser(
                principal: Principal(
                    clinic: person.clinic, user: person.user, role: person.role, expiresAt: WallTime(microseconds: 0)),
                name: person.name, clinicName: person.clinicName)
        }
    }
}

/// The local SMS gateway of demo mode: this program again, as a process of its own on the port after the hub's.
struct DemoGateway {
    static let accountSid = "AC" + String(repeating: "0", count: 32)
    static let parentVariable = "ALERT_HUB_GATEWAY_PARENT"
    let url: String
    private let process: ProcessHandle
    /// Where the hub is to take its callbacks; nil where it comes to the hub's own address.
    private(set) var callbackAddress: SocketAddress?

    /// Starts it, and sets the hub's Twilio settings to it, where they do not name another gateway.
    static func start(beside hub: Endpoint, _ installation: inout Installation) throws -> DemoGateway? {
        guard !installation.settings.gateways.twilio.enabled else { return nil }
        guard hub.port > 0, hub.port < UInt16.max else {
            throw StartError("--demo needs a listen port below 65535: its gateway takes the one after it")
        }
        guard let program = Installation.program else { throw StartError("this program's own file was not found") }
        let endpoint = Endpoint(host: hub.host, port: hub.port + 1)
        let token = Base64.encodeURL(SecureRandom.bytes(24))
        let process: ProcessHandle
        do {
            process = try ProcessHandle.start(
                program, ["gateway", "--listen", endpoint.description, "--account-sid", accountSid],
                environment: ["TWILIO_AUTH_TOKEN=\(token)", "\(parentVariable)=\(getpid())"], output: STDERR_FILENO)
        } catch {
            throw StartError("the demo gateway did not start: \(error)")
        }
        var gateway = DemoGateway(url: "http://\(endpoint)", process: process)
        guard gateway.listens(at: endpoint, within: .seconds(10)) else {
            gateway.stop()
            throw StartError("the demo gateway does not listen on \(endpoint); is the port in use?")
        }
        installation.settings.gateways.twilio.enabled = true
        installation.settings.gateways.twilio.accountSid = accountSid
        installation.settings.gateways.twilio.fromNumber = "+15005550006"
        installation.settings.gateways.twilio.baseURL = "http://\(endpoint)"
        installation.demoGatewayToken = Secret(token)
        if installation.settings.tls.enabled, let address = gateway.freeLoopbackAddress {
            installation.settings.gateways.twilio.statusCallback = "http://\(address)/gateways/twilio/status"
            installation.settings.gateways.twilio.inboundCallback = "http://\(address)/gateways/twilio/inbound"
            gateway.callbackAddress = address
        }
        return gateway
    }

    /// A port that nobody listens on just now.
    private var freeLoopbackAddress: SocketAddress? {
        guard let any = SocketAddress(host: "127.0.0.1", port: 0), let probe = try? Socket.listen(on: any) else {
            return nil
        }
        return Socket.localAddress(of: probe.number)
    }

    /// Whether it accepts connections before `limit` has passed; false at once if it has ended.
    private func listens(at endpoint: Endpoint, within limit: Duration) -> Bool {
        guard let address = SocketAddress(host: endpoint.host, port: endpoint.port) else { return false }
        let deadline = MonotonicTime.now().advanced(by: limit)
        while MonotonicTime.now() < deadline {
            if process.waitForEnd(within: .milliseconds(20)) { return false }
            if (try? ClientConnection(address, within: .seconds(1))) != nil { return true }
        }
        return false
    }

    func stop() {
        process.send(SIGTERM)
        if !process.waitForEnd(within: .seconds(5)) { process.send(SIGKILL) }
        _ = process.waitForEnd(within: .seconds(1))
    }
}

/// What demo mode says when it serves: where, who, and what to try.
enum DemoGreeting {
    static func print(_ url: String, gateway: DemoGateway?, tokens: TokenAuthority) {
        let now = WallTime.now()
        let end = WallTime(microseconds: now.microseconds + 12 * 3_600_000_000)
        var lines = ["", "AlertHub serves demo data at \(url)", ""]
        if let gateway { lines += ["SMS gateway (local, sends nothing): \(gateway.url)/log", ""] }
        lines.append("Tokens for 12 hours:")
        for person in DemoData.people {
            let principal = Principal(clinic: person.clinic, user: person.user, role: person.role, expiresAt: end)
            lines.append("  \(person.role.rawValue) \(person.name), \(person.clinicName)")
            lines.append("    \(tokens.mint(principal, name: person.name, now: now))")
        }
        lines += [
            "", "Try, in another shell:",
            "  .build/release/alert-hub drill --url \(url)", "",
            "  TOKEN=$(.build/release/alert-hub token --role ADMISSIONS)",
            "  curl -s \(url)/api/v1/alerts -H \"Authorization: Bearer $TOKEN\" \\",
            "    -H 'Content-Type: application/json' \\",
            "    -d '{\"patientId\":\"\(DemoData.patients[0])\",\"urgencyLevel\":\"CRITICAL\",\"room\":\"ER-12\","
                + "\"assignedTo\":\"\(DemoData.doctor)\"}'",
            "", "Ctrl-C stops everything.", "",
        ]
        Swift.print(lines.joined(separator: "\n"))
    }
}
