import BareLoop
import Glibc
import Platform

/// The benchmarks of AlertHub: everything in one run, on this machine, with units and ratios. See `Options.usage`.
func run(_ arguments: [String]) throws -> CInt {
    switch arguments.first {
    case OwnProgram.load:
        guard arguments.count == 3, let port = UInt16(arguments[1]) else { return 2 }
        if arguments[2] == "apart" { bare_loop_place(0, 1) }
        try LoadServer.run(port: port)
        return 0
    case OwnProgram.instructions:
        guard arguments.count == 3, let port = UInt16(arguments[1]) else { return 2 }
        try FrameInstructions.serve(control: port, socketDirectory: arguments[2])
        return 0
    case "--help", "-h":
        print(Options.usage)
        return 0
    default:
        return try Bench(try Options(arguments[...])).run().rawValue
    }
}

Log.threshold = .warning
do {
    exit(try run(Array(CommandLine.arguments.dropFirst())))
} catch let fault as Options.Fault {
    print("\(fault.text)\n\n\(Options.usage)")
    exit(2)
} catch {
    print("The benchmark stopped: \(error)")
    exit(3)
}
