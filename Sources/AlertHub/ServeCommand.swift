import API
import Clinic
import Database
import Gateways
import Glibc
import HubProtocol
import Platform
import Settings
import Store
import Transport
import Wire

/// `alert-hub serve`: start everything in order, serve until a signal, stop everything in the other order.
enum ServeCommand {
    static func run(_ options: ServeOptions) -> Int32 {
        // Before any other thread exists: they inherit it, and the signals are read here.
        Signals.block([.interrupt, .terminate, .hangUp])
        raiseDescriptorLimit()
        do {
            var installation = try Installation(config: options.config, data: options.data)
            if let listen = options.listen { installation.settings.listen = listen }
            if options.enableEcho { installation.settings.diagnostics.echo = true }
            Log.threshold = Log.Level(installation.settings.log.level)
            return try serve(installation, isDemo: options.demo)
        } catch {
            complain("\(error)")
            return 1
        }
    }

    private static func serve(_ installation: Installation, isDemo: Bool) throws -> Int32 {
        var installation = installation
        let settings = installation.settings
        guard let address = SocketAddress(host: settings.listen.host, port: settings.listen.port) else {
            throw StartError("listen \(settings.listen) must be a numeric address and a port")
        }
        let tls = try certificates(settings)
        if isDemo { try installation.prepareDataDirectory() }
        let database = try DatabaseAccess.open(installation)
        defer { database.cluster?.stop() }
        let applied = try database.migrate()
        if !applied.isEmpty { Log.info("migrated", ["applied": String(applied.count)]) }
        let vault = try installation.vault()
        let tokens = try installation.tokens(mayCreate: isDemo)
        var gateway: DemoGateway?
        if isDemo {
            try DemoSeed.run(database.owner, vault: vault)
            gateway = try DemoGateway.start(beside: settings.listen, &installation)
        }
        defer { gateway?.stop() }
        let loops = settings.loops > 0 ? settings.loops : Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        var service = HubService.Configuration(
            tokens: tokens, origins: try origins(settings),
            gateways: try ConfiguredGateways.table(installation, scheme: scheme(settings)))
        if isDemo { service.demoUsers = DemoSeed.users }
        var configuration = try HubConfiguration(
            installation.settings, secrets: installation.secrets, database: database.hub, vault: vault,
            service: service, loops: loops)
        configuration.tls = tls
        configuration.loopbackCallbacks = gateway?.callbackAddress
        let process = HubProcess()
        try process.start(loops, configuration)
        let bound = try listen(process, on: address)
        Log.notice("serving", ["address": bound.description, "loops": String(loops), "version": version])
        let url = "\(scheme(settings))://\(bound)"
        if isDemo { DemoGreeting.print(url, gateway: gateway, tokens: tokens) } else { print(url) }
        fflush(nil)
        let code = waitForStop { renewCertificates(settings, of: process) }
        process.stop(code: code)
        Log.notice("stopped")
        return 0
    }

    private static func listen(_ process: HubProcess, on address: SocketAddress) throws -> SocketAddress {
        let outcome = Locked<Result<SocketAddress, StartError>?>(nil)
        let done = Latch()
        Task {
            let result: Result<SocketAddress, StartError>
            do {
                try await process.loadRevocations()
                await process.loadKeys()
                result = .success(try await process.listen(on: address))
            } catch let error as SystemError {
                result = .failure(StartError("\(address) cannot be listened on: \(error)"))
            } catch {
                result = .failure(StartError("the revoked tokens cannot be read: \(error)"))
            }
            outcome.withLock { $0 = result }
            done.open()
        }
        done.wait()
        switch outcome.withLock({ $0 }) {
        case .success(let bound): return bound
        case .failure(let error):
            process.stop(code: .goingAway)
            throw error
        case nil: throw StartError("the hub did not start")
        }
    }

    /// SIGTERM is a restart, so screens come back by themselves in their slots; SIGINT is a person's Ctrl-C.
    ///
    /// - Parameter hangUp: what SIGHUP asks for.
    private static func waitForStop(hangUp: () -> Void) -> CloseCode {
        while true {
            switch Signals.wait(for: [.interrupt, .terminate, .hangUp]) {
            case .terminate: return .restart
            case .interrupt: return .goingAway
            case .hangUp: hangUp()
            case .childEnded: break
            }
        }
    }

    // MARK: TLS

    private static func scheme(_ settings: Settings) -> String { settings.tls.enabled ? "https" : "http" }

    /// Reads the certificates; nil where the hub speaks plain HTTP.
    private static func certificates(_ settings: Settings) throws(StartError) -> TLSConfiguration? {
        guard settings.tls.enabled else { return nil }
        do throws(TLSError) {
            let files = settings.tls.certificateFiles.map { files in
                TLSCertificates.Files(certificate: files.certificate, key: files.key)
            }
            var configuration = TLSConfiguration(try TLSCertificates(reading: files))
            configuration.minimumVersion = settings.tls.minimumVersion == .tls13 ? .tls13 : .tls12
            configuration.strictTransportSecurity = .seconds(settings.tls.strictTransportSeconds)
            try configuration.check()
            return configuration
        } catch {
            throw StartError("tls.certificateFiles: \(error)")
        }
    }

    /// Reads the certificates again. Where one is broken, those that are served stay.
    private static func renewCertificates(_ settings: Settings, of process: HubProcess) {
        do throws(StartError) {
            guard let configuration = try certificates(settings) else { return Log.info("hang-up: nothing to reload") }
            process.secure(with: configuration)
            Log.notice("certificates reloaded", ["count": String(settings.tls.certificateFiles.count)])
        } catch {
            Log.error("certificates not reloaded; the old ones stay", ["reason": "\(error)"])
        }
    }

    private static func origins(_ settings: Settings) throws -> OriginPolicy {
        var policy = OriginPolicy()
        for text in settings.allowedOrigins {
            guard let origin = Origin(text) else { throw StartError("allowedOrigins: \(text) is not an origin") }
            policy.admitted.insert(origin)
        }
        if !settings.publicURL.isEmpty, let origin = Origin(settings.publicURL) { policy.admitted.insert(origin) }
        return policy
    }

    /// As many descriptors as the system allows: each screen is one.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

extension Log.Level {
    init(_ level: Settings.Log.Level) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
