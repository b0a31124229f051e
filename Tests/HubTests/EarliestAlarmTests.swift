import Platform
import TestSupport
import Testing

@testable import Hub

@Suite struct EarliestAlarmTests {
    @Test("the earliest of several times counts, whichever was set first", arguments: [true, false])
    func earliest(isLaterFirst: Bool) async throws {
        try await onLoop { reactor in
            var rings = 0
            let alarm = EarliestAlarm(reactor: reactor) { rings += 1 }
            let began = MonotonicTime.now()
            alarm.set(after: isLaterFirst ? .seconds(60) : .milliseconds(20))
            alarm.set(after: isLaterFirst ? .milliseconds(20) : .seconds(60))
            #expect(await eventually(reactor) { rings == 1 })
            let elapsed = began.duration(to: .now())
            #expect(elapsed >= .milliseconds(20) && elapsed < .seconds(30))
        }
    }

    @Test("it can be set again once it rang, and from inside its ring") func again() async throws {
        try await onLoop { reactor in
            var rings = 0
            var alarm: EarliestAlarm?
            alarm = EarliestAlarm(reactor: reactor) {
                rings += 1
                if rings < 3 { alarm?.set(after: .milliseconds(1)) }
            }
            alarm?.set(after: .zero)
            #expect(await eventually(reactor) { rings == 3 })
            alarm?.set(after: .zero)
            #expect(await eventually(reactor) { rings == 4 })
            alarm = nil
        }
    }

    @Test("once stopped it does not ring") func stopped() async throws {
        try await onLoop { reactor in
            var rings = 0
            var others = 0
            let alarm = EarliestAlarm(reactor: reactor) { rings += 1 }
            alarm.set(after: .milliseconds(1))
            alarm.stop()
            alarm.set(after: .zero)
            let other = EarliestAlarm(reactor: reactor) { others += 1 }
            other.set(after: .milliseconds(10))
            #expect(await eventually(reactor) { others == 1 })
            #expect(rings == 0)
        }
    }
}
