import Glibc
import Platform

/// Starts, finds and stops the server process of a cluster. Blocks its thread.
struct Postmaster {
    let layout: ClusterLayout
    let programs: ServerPrograms
    let options: PrivateCluster.Options

    /// The server that runs on these data already, such as one left by a hub that was killed; else nil.
    ///
    /// A process file that names some other process is removed: the server would refuse to start beside it.
    func running() -> ProcessHandle? {
        guard let text = try? FileText.read(layout.processFile),
            let number = text.split(separator: "\n").first.flatMap({ Int32($0) }), number > 1
        else { return nil }
        guard let process = try? ProcessHandle(number: number) else { return nil }
        // The server's working directory is its data directory.
        guard let place = try? Directory.resolved("/proc/\(number)/cwd"),
            place == (try? Directory.resolved(layout.data))
        else {
            unsafe unlink(layout.processFile)
            return nil
        }
        return process
    }

    func start() throws(ClusterError) -> ProcessHandle {
        let descriptor = try openLog()
        let command = layout.command(programs.postgres, ["-D", layout.data] + settings)
        do {
            return try ProcessHandle.start(
                command.path, command.arguments, environment: ProgramRun.environment, output: descriptor.number)
        } catch {
            throw .system(path: command.path, operation: error.operation, errno: error.code)
        }
    }

    /// Makes the cluster's files where there are none. A creation that was cut short begins anew.
    func initialize() throws(ClusterError) {
        guard Directory.status("\(layout.data)/PG_VERSION") == nil else { return }
        let unfinished = "\(layout.base)/data.new"
        Directory.remove(unfinished)
        Log.notice("Making a private PostgreSQL cluster", ["directory": layout.data])
        var arguments = [
            "-D", unfinished, "-U", ClusterAccess.Login.superuser.rawValue, "--encoding=UTF8", "--locale=C.UTF-8",
            "--data-checksums", "--auth-local=trust", "--auth-host=reject",
        ]
        if !options.isDurable { arguments.append("--no-sync") }
        let command = layout.command(programs.initdb, arguments)
        let run: (exitCode: CInt, text: String)
        do {
            run = try ProgramRun.run(command.path, command.arguments, within: .seconds(120))
        } catch {
            throw .system(path: command.path, operation: error.operation, errno: error.code)
        }
        guard run.exitCode == 0 else {
            throw .initializationFailed(run.text.split(separator: "\n").suffix(5).joined(separator: "; "))
        }
        guard unsafe rename(unfinished, layout.data) == 0 else {
            throw .system(path: layout.data, operation: "rename", errno: errno)
        }
    }

    /// Ends the server in order, and by force if it takes longer than allowed. Nothing of it runs afterwards.
    func stop(_ process: ProcessHandle) {
        // Fast: sessions are ended and transactions rolled back. Immediate: as after a crash, recovered at the next start.
        for (signal, patience) in [(SIGINT, options.stopPatience), (SIGQUIT, .seconds(5)), (SIGKILL, .seconds(5))] {
            if signal == SIGINT, !options.isDurable { continue }
            process.send(signal)
            if process.waitForEnd(within: patience) { return }
            Log.warning("PostgreSQL does not stop", ["signal": "\(signal)", "process": "\(process.number)"])
        }
    }

    private var settings: [String] {
        var settings = [
            "listen_addresses=", "port=5432", "unix_socket_directories=\(layout.socketDirectory)",
            "unix_socket_permissions=0700", "max_connections=\(options.connections)", "shared_buffers=128MB",
            "timezone=UTC", "log_timezone=UTC", "log_destination=stderr", "logging_collector=off",
            "log_line_prefix=%m [%p] ", "log_min_messages=warning", "log_min_error_statement=panic",
            "log_checkpoints=off", "cluster_name=alert-hub",
        ]
        if options.isDurable {
            settings += ["fsync=on", "synchronous_commit=on", "full_page_writes=on"]
        } else {
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"]
        }
        return settings.flatMap { ["-c", $0] }
    }

    private func openLog() throws(ClusterError) -> FileDescriptor {
        let limit = off_t(16 << 20)
        var status = stat()
        if unsafe stat(layout.log, &status) == 0, status.st_size > limit {
            unsafe rename(layout.log, "\(layout.log).1")
        }
        let number = unsafe open(layout.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .system(path: layout.log, operation: "open", errno: errno) }
        return FileDescriptor(owning: number)
    }
}
