import Cryptography
import Gateways
import Glibc
import Outbound
import Platform
import Settings
import Transport
import Wire

/// `alert-hub gateway`: the local gateway, served by the hub's own transport in a process of its own.
enum GatewayCommand {
    static func run(_ options: GatewayOptions) -> Int32 {
        Signals.block([.interrupt, .terminate])
        let variables = Installation.environment
        if let parent = variables[DemoGateway.parentVariable].flatMap({ pid_t($0) }), !ParentProcess.endWithIt(parent) {
            return 1
        }
        do {
            let configuration = LocalGatewayConfiguration(
                accountSid: options.accountSid, authToken: try token(options, variables))
            guard let address = SocketAddress(host: options.listen.host, port: options.listen.port) else {
                throw StartError("listen \(options.listen) must be a numeric address and a port")
            }
            let faults = try faults(options.faultsFile)
            let log = try options.logFile.map { try AppendedFile($0) }
            let loop = try EventLoop(name: "gateway") { reactor in
                try GatewayLoop(reactor, configuration, faults, log, address)
            }
            Log.notice("gateway serving", ["address": options.listen.description])
            _ = Signals.wait(for: [.interrupt, .terminate])
            let done = Latch()
            loop.post { $0.stop { done.open() } }
            done.wait()
            loop.stop()
            loop.join()
            return 0
        } catch {
            complain("the gateway did not start: \(error)")
            return 1
        }
    }

    private static func faults(_ file: String?) throws -> FaultScript {
        guard let file else { return FaultScript() }
        guard let text = try? Secrets.find("", orFile: file, in: [:]),
            let script = FaultScript(json: Array(text.revealed.utf8))
        else { throw StartError("\(file) is not a script of faults") }
        return script
    }

    private static func token(_ options: GatewayOptions, _ variables: [String: String]) throws -> String {
        let secret: Secret?
        do {
            secret = try Secrets.find("TWILIO_AUTH_TOKEN", orFile: options.authTokenFile ?? "", in: variables)
        } catch {
            throw StartError(error.description)
        }
        guard let secret else {
            throw StartError("set TWILIO_AUTH_TOKEN or --auth-token-file: it is the password, and signs the callbacks")
        }
        return secret.revealed
    }
}

/// The gateway's one loop.
private final class GatewayLoop: RequestHandler {
    private let reactor: Reactor
    private let gateway: LocalGateway
    private let client: OutboundClient
    private var server: HTTPServer?

    init(
        _ reactor: Reactor, _ configuration: LocalGatewayConfiguration, _ faults: FaultScript, _ log: AppendedFile?,
        _ address: SocketAddress
    ) throws {
        self.reactor = reactor
        client = try OutboundClient(reactor: reactor)
        gateway = LocalGateway(
            reactor: reactor, client: client, configuration: configuration, faults: faults,
            keep: { line in log?.append(line) })
        var limits = TransportLimits()
        // A number that gets no answer is held longer than any caller waits.
        limits.handlerDeadline = configuration.silence + .seconds(10)
        let server = HTTPServer(reactor: reactor, limits: limits, handler: self)
        _ = try server.listen(on: address)
        self.server = server
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        reactor.spawn { [gateway] in exchange.respond(await gateway.handle(request)) }
    }

    func stop(then done: @escaping () -> Void) {
        reactor.spawn { [self] in
            await server?.drain(deadline: .milliseconds(500))
            client.close()
            done()
        }
    }
}

/// A file that lines are appended to, each by one call of the system: what was written stays when this process is killed.
private final class AppendedFile: Sendable {
    private let file: FileDescriptor

    init(_ path: String) throws {
        let number = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw StartError("\(path) cannot be written: \(SystemError("open"))") }
        file = FileDescriptor(owning: number)
    }

    func append(_ line: [UInt8]) {
        if unsafe write(file.number, line, line.count) != line.count {
            Log.warning("a line of the log file was lost")
        }
    }
}
