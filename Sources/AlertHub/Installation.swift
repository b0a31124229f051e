import API
import Clinic
import Cryptography
import Database
import Glibc
import Platform
import Settings
import Store

/// What the commands share: the settings with their overrides, the secrets, and where things lie on this machine.
struct Installation {
    var settings: Settings
    let secrets: Secrets
    /// What the local gateway of demo mode shares with the hub; made anew at each start.
    var demoGatewayToken: Secret?

    init(config: String?, data: String?) throws {
        var settings: Settings
        do { settings = try Settings.load(file: config).settings } catch { throw StartError(error.description) }
        if let data { settings.dataDirectory = data }
        self.settings = settings
        do {
            secrets = try Secrets.load(for: settings, environment: Self.environment)
        } catch {
            throw StartError(error.description)
        }
    }

    /// This process's environment.
    static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe next += 1
        }
        return variables
    }

    /// The numbered SQL files: beside the working directory, or above the program in its checkout.
    static func migrations() throws -> [Migration] {
        var candidates = ["Migrations"]
        if let program = Self.program {
            var folder = program[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                candidates.append("\(folder)/Migrations")
            }
        }
        guard let directory = candidates.first(where: { unsafe access("\($0)/0001_roles_and_tenant.sql", R_OK) == 0 })
        else {
            throw StartError("the folder Migrations was not found beside the working directory or above the program")
        }
        do { return try Migration.load(directory: directory) } catch { throw StartError(error.description) }
    }

    /// The path of this program.
    static var program: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        return count > 0 ? String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    // MARK: Secrets

    /// The development secret of a data directory; made on first use where `mayCreate`.
    func tokenKey(mayCreate: Bool) throws -> HS256Key {
        if let secret = secrets.tokenSecret { return try HS256Key(Array(secret.revealed.utf8)) }
        let path = "\(settings.dataDirectory)/development-token.secret"
        do {
            return try HS256Key(mayCreate ? try PHIKeyFile.loadOrCreate(path) : try PHIKeyFile.load(path))
        } catch {
            throw StartError(
                "no token secret: set ALERT_HUB_JWT_SECRET or authentication.secretFile, or start with --demo once "
                    + "(looked for \(path))")
        }
    }

    func tokens(mayCreate: Bool) throws -> TokenAuthority {
        let authentication = settings.authentication
        var rules = TokenRules(
            issuer: authentication.issuer, audience: authentication.audience,
            leewaySeconds: authentication.leewaySeconds)
        rules.algorithms = Set(authentication.algorithms.compactMap { TokenAlgorithm(rawValue: $0.rawValue) })
        rules.clinicClaim = authentication.clinicClaim
        rules.userClaim = authentication.userClaim
        rules.roleClaim = authentication.roleClaim
        // Where HS256 is not accepted the hub has no secret, and what it mints nobody takes.
        let key =
            rules.algorithms.contains(.hs256)
            ? try tokenKey(mayCreate: mayCreate) : try HS256Key(SecureRandom.bytes(32))
        return TokenAuthority(key: key, rules: rules, ring: rules.algorithms == [.hs256] ? nil : try keyRing())
    }

    private func keyRing() throws -> KeyRing {
        let authentication = settings.authentication
        guard authentication.keySetURL.isEmpty else {
            var limits = KeyRing.Limits()
            limits.minimumInterval = .seconds(authentication.keySetMinimumIntervalSeconds)
            limits.maximumAge = .seconds(authentication.keySetMaximumAgeSeconds)
            return KeyRing(limits: limits)
        }
        let file = authentication.keySetFile
        let text: String
        do { text = try FileReading.text(of: file, atMost: 262_144) } catch {
            throw StartError("authentication.keySetFile \(file): \(error)")
        }
        guard let keys = JSONWebKeySet(Array(text.utf8)) else {
            throw StartError("authentication.keySetFile \(file) is no key set with a key that can be used")
        }
        return KeyRing(fixed: keys)
    }

    /// The keys of the PHI columns.
    func vault() throws -> PHIVault { try KeySource(installation: self).vault() }

    /// Makes the data directory, for its owner alone.
    func prepareDataDirectory() throws {
        guard unsafe mkdir(settings.dataDirectory, 0o711) == 0 || errno == EEXIST else {
            throw StartError("the data directory \(settings.dataDirectory) cannot be made: \(SystemError("mkdir"))")
        }
    }
}
