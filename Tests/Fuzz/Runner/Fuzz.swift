import CFuzzer
import FuzzTargets
import Glibc

/// `Fuzz TARGET [ARGS]`: libFuzzer over one target; ARGS are its own (see `-help=1`).
@main
enum Fuzz {
    private static let target = CommandLine.arguments.dropFirst().first.flatMap(FuzzTarget.init(rawValue:))

    static func main() {
        guard target != nil else {
            print("usage: Fuzz TARGET [ARGS]; the targets:", FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))
            exit(2)
        }
        // The target's name takes the place of the program's.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
        exit(
            unsafe LLVMFuzzerRunDriver(&count, &arguments) { data, count in
                unsafe Fuzz.read(Array(UnsafeBufferPointer(start: data, count: count)))
                return 0
            })
    }

    private static func read(_ input: [UInt8]) {
        do {
            try target?.check(input)
        } catch {
            // A trap is what libFuzzer takes for a finding: it keeps the input.
            preconditionFailure("\(error)")
        }
    }
}
