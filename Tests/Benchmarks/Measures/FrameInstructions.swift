import BareLoop
import Database
import Glibc
import Hub
import Platform
import TestSupport

/// Instructions of a delivered frame, in user space: callgrind counts them in a process that runs the hub's serving side,
/// and only inside `bare_loop_counted`. The screens are the load process of this one.
struct FrameInstructions {
    private static let screens = 200
    private static let events = 20

    let bench: Bench
    let load: LoadProcess

    func run() throws {
        let valgrind = "/usr/bin/valgrind"
        guard unsafe access(valgrind, X_OK) == 0 else {
            return bench.report.progress("counts: valgrind is not installed, instructions are not counted")
        }
        // valgrind cannot read the debug information of this compiler; the symbols suffice.
        let program = "/var/tmp/alert-hub-bench-\(getpid()).program"
        defer { unsafe unlink(program) }
        let stripped = try? HubProgram.run("/usr/bin/strip", ["--strip-debug", "-o", program, OwnProgram.path])
        guard stripped?.exitCode == 0 else {
            return bench.report.progress("counts: strip is not installed, instructions are not counted")
        }
        bench.report.progress("counts: instructions, under valgrind")
        let file = "/var/tmp/alert-hub-bench-\(getpid()).callgrind"
        defer { unsafe unlink(file) }
        try count(valgrind, program, file)
        let summary = HubProgram.text(file).split(separator: "\n").first { $0.hasPrefix("summary:") }
        guard let text = summary?.split(separator: " ").last, let count = Double(text), count > 0 else {
            throw HubBinary.Failure(log: "callgrind counted nothing")
        }
        let perDelivery = count / Double(Self.events * Self.screens)
        bench.report.add(
            Report.Line(
                what: "instructions a delivered frame", hub: Statistics.fixed(perDelivery, 1),
                note: "user space, a system call counted as one; an event's own share with \(Self.screens) screens"))
        bench.report.gate("instructionsADelivery", perDelivery, baselines: bench.baselines)
    }

    private func count(_ valgrind: String, _ program: String, _ file: String) throws {
        let listener = try Socket.listen(on: .loopback(port: 0))
        guard let port = Socket.localAddress(of: listener.number)?.port else { throw SystemError("getsockname") }
        let process = try ProcessHandle.start(
            valgrind,
            [
                "--tool=callgrind", "--toggle-collect=bare_loop_counted", "--callgrind-out-file=\(file)", "-q", program,
                OwnProgram.instructions, "\(port)", try bench.database().access.socketDirectory,
            ])
        defer {
            process.send(SIGKILL)
            _ = process.waitForEnd(within: .seconds(5))
        }
        let control = ControlLine(owning: try Accepting.next(listener.number, within: .seconds(60)))
        guard let hub = UInt16(try control.receive(within: .seconds(60))) else { throw ControlLine.Lost() }
        let clinic = Self.clinic
        try load.ask(
            .open(count: Self.screens, port: hub, clinic: clinic.id, token: try clinic.screenToken()),
            within: .seconds(300))
        try control.send("go")
        _ = try control.receive(within: .seconds(300))
        _ = process.waitForEnd(within: .seconds(60))
    }

    private static let clinic = BenchClinic(3)

    /// What runs under callgrind: serves, tells its port, and fans out when it is told to.
    static func serve(control port: UInt16, socketDirectory: String) throws {
        let control = ControlLine(owning: try LoadServer.connect(port))
        let login = "host='\(socketDirectory)' port=5432 dbname=alert_hub user="
        let hub = try BenchHub(ConnectionSettings(url: login + "alert_hub"), loops: 1)
        defer { hub.end() }
        try control.send("\(hub.port)")
        _ = try control.receive(within: .seconds(300))
        let epoch = try clinic.epoch(in: ConnectionSettings(url: login + "postgres"))
        try hub.prepareFanOut(EventStream(clinic: clinic, epoch: epoch))
        let loop = hub.loop
        try waiting {
            for _ in 0..<events { await loop.ask { state in fanOut(state) } }
        }
        try control.send("done")
    }

    private static func fanOut(_ state: ServingLoop) {
        guard let event = state.fanOut?.nextEvent() else { return }
        let body = Counted { state.hub.channels.publish(event) }
        unsafe bare_loop_counted(
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<Counted>.fromOpaque(context).takeUnretainedValue().run()
            }, Unmanaged.passUnretained(body).toOpaque())
    }

    private final class Counted {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
}
