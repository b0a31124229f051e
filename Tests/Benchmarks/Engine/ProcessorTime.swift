import Glibc
import TestSupport

/// What a process has spent of the processors' time, in user space and in the kernel on its account.
struct ProcessorTime {
    let seconds: Double

    /// Of the calling process; to the microsecond.
    static func ofThisProcess() -> ProcessorTime {
        var usage = rusage()
        let this = __rusage_who_t(RUSAGE_SELF.rawValue)
        guard unsafe getrusage(this, &usage) == 0 else { return ProcessorTime(seconds: 0) }
        return ProcessorTime(seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
    }

    /// Of another process, all its threads; in steps of 10 ms. Zero where there is none.
    static func of(_ process: Int32) -> ProcessorTime {
        let fields = fields(of: process)
        guard fields.count > 13 else { return ProcessorTime(seconds: 0) }
        return ProcessorTime(seconds: (fields[12] + fields[13]) / ticksASecond)
    }

    /// Of another process and its children, those included that have ended and were reaped.
    static func ofFamily(_ process: Int32) -> ProcessorTime {
        let children = HubProgram.text("/proc/\(process)/task/\(process)/children").split(separator: " ")
        let ended = fields(of: process).dropFirst(14).prefix(2).reduce(0, +) / ticksASecond
        return ProcessorTime(
            seconds: children.compactMap { Int32($0) }.reduce(of(process).seconds + ended) { $0 + of($1).seconds })
    }

    /// The numbers of /proc/PID/stat behind the name, which may hold blanks and parentheses: utime and stime are the 12th
    /// and 13th, those of reaped children the next two.
    private static func fields(of process: Int32) -> [Double] {
        let text = HubProgram.text("/proc/\(process)/stat")
        return text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").map { Double($0) ?? 0 }
    }

    private static var ticksASecond: Double { Double(sysconf(CInt(_SC_CLK_TCK))) }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
