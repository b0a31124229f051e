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
        TokenAuthority(
            key: try tokenKey(mayCreate: mayCreate), issuer: settings.authentication.issuer,
            audience: settings.authentication.audience, leewaySeconds: settings.authentication.leewaySeconds)
    }

    /// The key of the PHI columns: the one configured, else a file of the data directory, made on first use.
    func vault() throws -> PHIVault {
        let key: [UInt8]
        if let secret = secrets.encryptionKey {
            guard let bytes = Base64.decode(secret.revealed), bytes.count == PHIVault.keyLength else {
                throw StartError("the encryption key must be base64 of \(PHIVault.keyLength) bytes")
            }
            key = bytes
        } else {
            let path = "\(settings.dataDirectory)/phi.key"
            do { key = try PHIKeyFile.loadOrCreate(path) } catch {
                throw StartError("the PHI key \(path) is not usable (\(error)); it must hold 32 bytes and be mode 0600")
            }
        }
        guard let vault = PHIVault(key: key) else { throw StartError("the PHI key is not usable") }
        return vault
    }

    /// Makes the data directory, for its owner alone.
    func prepareDataDirectory() throws {
        guard unsafe mkdir(settings.dataDirectory, 0o711) == 0 || errno == EEXIST else {
            throw StartError("the data directory \(settings.dataDirectory) cannot be made: \(SystemError("mkdir"))")
        }
    }
}
