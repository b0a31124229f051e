import Foundation
import Testing

@testable import Clinic

@Suite("Zones")
struct TimeZoneRulesTests {
    @Test("offsets are the system's, from 1970 to 2120 and at every change", arguments: ZoneFile.names)
    func oracle(_ name: String) throws {
        let rules = try ZoneFile.rules(name)
        let zone = try #require(TimeZone(identifier: name))
        var seconds = Array(stride(from: Int64(0), to: 4_733_510_400, by: 86_400 * 11 + 1_234))
        for transition in rules.transitions where transition > 0 { seconds += [transition - 1, transition] }
        for second in seconds {
            let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(second)))
            #expect(rules.offset(at: Timestamp(seconds: second)) == Int64(expected), "\(name) at \(second)")
        }
    }

    @Test("the rule after the table gives what the table gives", arguments: ZoneFile.names)
    func footer(_ name: String) throws {
        let rules = try ZoneFile.rules(name)
        // Morocco keeps a table of Ramadans until 2087, which no rule gives.
        guard let footer = rules.footer, footer.summer != nil, let last = rules.transitions.last else { return }
        let alone = TimeZoneRules(transitions: [], offsets: [], first: 0, footer: footer)
        // Of the last years in the table, where they were made by the rule.
        guard last > 2_000_000_000 else { return }
        for second in stride(from: Int64(1_893_456_000), to: 2_140_000_000, by: 3_600 * 7) {
            let moment = Timestamp(seconds: second)
            #expect(alone.offset(at: moment) == rules.offset(at: moment), "\(name) at \(second)")
        }
    }

    @Test("a wall's time leads to the first moment that shows it or a later one", arguments: ZoneFile.names)
    func inverse(_ name: String) throws {
        let rules = try ZoneFile.rules(name)
        var generator = SeededGenerator(7)
        var locals = (0..<2_000).map { _ in LocalTime(seconds: .random(in: 0...6_000_000_000, using: &generator)) }
        for transition in rules.transitions where transition > 0 {
            for offset in stride(from: Int64(-7_200), through: 7_200, by: 900) {
                locals.append(LocalTime(seconds: rules.local(at: Timestamp(seconds: transition)).seconds + offset))
            }
        }
        for local in locals {
            let moment = rules.moment(of: local)
            let shown = rules.local(at: moment)
            #expect(shown >= local, "\(name) \(local)")
            #expect(rules.local(at: moment.advanced(by: .seconds(-1))) < local, "\(name) \(local)")
            // Nothing later on the wall is earlier.
            let later = LocalTime(seconds: local.seconds + .random(in: 0...100_000, using: &generator))
            #expect(rules.moment(of: later) >= moment)
        }
    }

    @Test("clocks that skip or repeat an hour, or half of one")
    func changes() throws {
        let berlin = try ZoneFile.rules("Europe/Berlin")
        func local(_ date: String, _ time: String) throws -> LocalTime {
            LocalTime(try #require(CalendarDate(date)), try #require(ClockTime(time)))
        }
        // Skipped: 02:00 to 03:00 on 29 March 2026. Shown twice: 02:00 to 03:00 on 25 October.
        #expect(berlin.moment(of: try local("2026-03-29", "02:30")) == (try Timestamp("2026-03-29T01:00:00Z")))
        #expect(berlin.moment(of: try local("2026-03-29", "03:00")) == (try Timestamp("2026-03-29T01:00:00Z")))
        #expect(berlin.moment(of: try local("2026-10-25", "02:30")) == (try Timestamp("2026-10-25T00:30:00Z")))
        #expect(berlin.moment(of: try local("2026-10-25", "03:00")) == (try Timestamp("2026-10-25T02:00:00Z")))
        let lordHowe = try ZoneFile.rules("Australia/Lord_Howe")
        // +10:30 to +11 at 02:00 on 4 October 2026, and back at 02:00 on 5 April.
        #expect(lordHowe.moment(of: try local("2026-10-04", "02:15")) == (try Timestamp("2026-10-03T15:30:00Z")))
        #expect(lordHowe.moment(of: try local("2026-04-05", "01:45")) == (try Timestamp("2026-04-04T14:45:00Z")))
        #expect(lordHowe.moment(of: try local("2026-04-05", "02:00")) == (try Timestamp("2026-04-04T15:30:00Z")))
        let kathmandu = try ZoneFile.rules("Asia/Kathmandu")
        #expect(kathmandu.moment(of: try local("2026-06-01", "08:00")) == (try Timestamp("2026-06-01T02:15:00Z")))
    }

    @Test("a file that is cut anywhere, or has any byte changed, is refused or read, and never traps")
    func hostile() throws {
        // Every byte of a short file, and those of a long one that fall on a stride that meets each field.
        for (name, step) in [("Asia/Kathmandu", 1), ("Europe/Berlin", 13)] {
            let bytes = try ZoneFile.bytes(name)
            for count in stride(from: 0, to: bytes.count, by: step) {
                #expect(TimeZoneRules(tzif: Array(bytes[..<count])) == nil, "\(count)")
            }
            for index in stride(from: 0, to: bytes.count, by: step) {
                for value in [UInt8(0), 0x7f, 0x80, 0xff, bytes[index] ^ 1] {
                    var changed = bytes
                    changed[index] = value
                    guard let rules = TimeZoneRules(tzif: changed) else { continue }
                    for second: Int64 in [.min / 2, -1, 0, 1_795_169_730, .max / 2] {
                        let moment = Timestamp(microseconds: second)
                        _ = rules.moment(of: rules.local(at: moment))
                    }
                }
            }
        }
    }

    @Test(
        "rules that are not as POSIX has them are refused",
        arguments: [
            "", "CE-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x",
            "CET-1CEST,M13.5.0,M10.5.0",
            "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J1", "CET-1CEST,366,1", "<+05",
            "CET-1:60",
            "CET-168", "CET-1CEST,M3.5.0/168,M10.5.0",
        ])
    func refusedRule(_ text: String) {
        #expect(PosixZone(Array(text.utf8)) == nil)
    }

    @Test("rules of every form are read")
    func rule() throws {
        let simple = try #require(PosixZone(Array("<+0545>-5:45".utf8)))
        #expect(simple.segment(at: 0).offset == 20_700)
        // Summer all year round, RFC 8536 §3.3.1.
        let always = try #require(PosixZone(Array("XXX3EDT4,0/0,J365/23".utf8)))
        for second in stride(from: Int64(1_700_000_000), to: 1_800_000_000, by: 100_000) {
            #expect(always.segment(at: second).offset == -14_400, "\(second)")
        }
        let julian = try #require(PosixZone(Array("AAA0BBB,J60/0,J61/0".utf8)))
        // J60 is 1 March in every year.
        #expect(julian.segment(at: Timestamp(rfc3339: "2028-03-01T00:00:00Z")?.wholeSeconds ?? 0).offset == 3_600)
        #expect(julian.segment(at: Timestamp(rfc3339: "2028-02-29T12:00:00Z")?.wholeSeconds ?? 0).offset == 0)
    }
}

@Suite("Days and clocks")
struct CalendarTests {
    @Test("days are Foundation's, with their weekdays")
    func days() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for day in stride(from: Int64(-100_000), to: 200_000, by: 37) {
            let date = CalendarDate(daysSince1970: day)
            let parts = calendar.dateComponents(
                [.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: TimeInterval(day * 86_400)))
            #expect(date.year == Int64(parts.year ?? 0) && date.month == Int64(parts.month ?? 0))
            #expect(date.day == Int64(parts.day ?? 0))
            #expect(Weekday.allCases.firstIndex(of: date.weekday) == ((parts.weekday ?? 0) + 5) % 7)
            #expect(CalendarDate(date.description) == date)
        }
    }

    @Test(
        "what is no day and no time is refused",
        arguments: [
            "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-1-01", "2026-01-00", "+026-01-01", "",
        ])
    func refusedDays(_ text: String) {
        #expect(CalendarDate(text) == nil)
        #expect(CalendarDate("2028-02-29") != nil)
    }

    @Test("a time is two digits, a colon, and two digits", arguments: ["24:00", "08:60", "8:00", "08:0a", "", "-1:00"])
    func refusedTimes(_ text: String) {
        #expect(ClockTime(text) == nil)
        #expect(ClockTime("23:59")?.description == "23:59")
        #expect(ClockTime("00:00")?.minutes == 0)
    }
}
