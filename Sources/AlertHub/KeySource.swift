import Cryptography
import Glibc
import Platform
import Settings
import Store

/// Where the keys of patient data come from: a command, the environment with files, or the data directory. Blocks; at start.
struct KeySource {
    let installation: Installation

    private var settings: Settings.Encryption { installation.settings.encryption }
    private var directory: String { installation.settings.dataDirectory }

    func vault() throws -> PHIVault {
        let (current, retired) = try keys()
        guard let vault = PHIVault(key: current, retired: retired) else {
            throw StartError("the PHI key is not usable")
        }
        return vault
    }

    private func keys() throws -> (current: [UInt8], retired: [[UInt8]]) {
        if !settings.keyCommand.isEmpty { return try commandKeys() }
        if let secret = installation.secrets.encryptionKey {
            let retired = try settings.retiredKeyFiles.map { file in
                do {
                    return try Self.key(try FileReading.text(of: file, atMost: 4_096), "the file \(file)")
                } catch let error as SettingsError {
                    throw StartError(error.description)
                }
            }
            return (try Self.key(secret.revealed, "the encryption key"), retired)
        }
        let path = "\(directory)/phi.key"
        do {
            return (try PHIKeyFile.loadOrCreate(path), try PHIKeyFile.loadRetired(besides: path))
        } catch {
            throw StartError("the PHI key \(path) is not usable (\(error)); it must hold 32 bytes and be mode 0600")
        }
    }

    /// What the command prints: a key a line in base64, the current one first.
    private func commandKeys() throws -> (current: [UInt8], retired: [[UInt8]]) {
        let command = settings.keyCommand
        let output: String
        do {
            output = try CommandOutput.read(command[0], Array(command.dropFirst()), within: .seconds(30))
        } catch {
            throw StartError("encryption.keyCommand \(command[0]): \(error)")
        }
        let keys = try output.split(separator: "\n").map { try Self.key(String($0), "a line of encryption.keyCommand") }
        guard let current = keys.first else { throw StartError("encryption.keyCommand printed no key") }
        return (current, Array(keys.dropFirst()))
    }

    private static func key(_ text: String, _ what: String) throws -> [UInt8] {
        var text = text
        while text.last?.isNewline == true { text.removeLast() }
        guard let bytes = Base64.decode(text), bytes.count == PHIVault.keyLength else {
            throw StartError("\(what) must be base64 of \(PHIVault.keyLength) bytes")
        }
        return bytes
    }
}

/// What a program prints, by a pipe: a secret leaves no trace on a disk. Blocks.
enum CommandOutput {
    enum Problem: Error, CustomStringConvertible {
        case system(SystemError)
        case exit(CInt)
        case tooSlow

        var description: String {
            switch self {
            case .system(let error): error.description
            case .exit(let code): "it ended with \(code)"
            case .tooSlow: "it did not end in time, or printed more than a pipe holds"
            }
        }
    }

    static func read(_ path: String, _ arguments: [String], within limit: Duration) throws(Problem) -> String {
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .system(SystemError("pipe")) }
        let reading = FileDescriptor(owning: ends[0])
        // What the program leaves running may hold the other end open.
        _ = fcntl(reading.number, F_SETFL, O_NONBLOCK)
        let process: ProcessHandle
        do throws(SystemError) {
            let writing = FileDescriptor(owning: ends[1])
            process = try ProcessHandle.start(
                path, arguments, environment: ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"],
                output: writing.number)
        } catch {
            throw .system(error)
        }
        guard let code = process.exitCode(within: limit) else {
            process.sendToGroup(SIGKILL)
            _ = process.waitForEnd(within: .seconds(5))
            throw .tooSlow
        }
        guard code == 0 else { throw .exit(code) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(reading.number, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
