import Glibc

/// A point in time as people know it, in microseconds since 1970-01-01 UTC (PostgreSQL's resolution).
///
/// Decisions of the engine use the database's clock; this clock serves logs, tokens and HTTP dates.
package struct WallTime: Comparable, Hashable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// Reads `CLOCK_REALTIME`.
    package static func now() -> WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(microseconds: Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000)
    }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.microseconds < right.microseconds }

    package var secondsSince1970: Int64 { microseconds / 1_000_000 }

    /// RFC 3339 in UTC with milliseconds: `2026-11-20T10:15:30.123Z`.
    package var rfc3339: String {
        let parts = calendar
        let milliseconds = (microseconds % 1_000_000 + 1_000_000) % 1_000_000 / 1000
        return "\(pad(parts.year, 4))-\(pad(parts.month, 2))-\(pad(parts.day, 2))T"
            + "\(pad(parts.hour, 2)):\(pad(parts.minute, 2)):\(pad(parts.second, 2)).\(pad(Int(milliseconds), 3))Z"
    }

    /// The `Date` header's form, RFC 9110 section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
    package var httpDate: String {
        let parts = calendar
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(days[parts.weekday]), \(pad(parts.day, 2)) \(months[parts.month - 1]) \(pad(parts.year, 4)) "
            + "\(pad(parts.hour, 2)):\(pad(parts.minute, 2)):\(pad(parts.second, 2)) GMT"
    }

    private var calendar: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, weekday: Int) {
        var seconds = time_t(secondsSince1970)
        if microseconds < 0, microseconds % 1_000_000 != 0 { seconds -= 1 }
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        return (
            unsafe Int(parts.tm_year) + 1900, unsafe Int(parts.tm_mon) + 1, unsafe Int(parts.tm_mday),
            unsafe Int(parts.tm_hour), unsafe Int(parts.tm_min), unsafe Int(parts.tm_sec), unsafe Int(parts.tm_wday)
        )
    }

    private func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
