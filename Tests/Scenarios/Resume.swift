import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("A subscriber that comes back")
    struct Resume {
        @Test("It gets every event after its position, from memory and, after a restart, from PostgreSQL")
        func fromMemoryAndFromPostgreSQL() throws {
            let hub = try HubProcess(HubProcess.Options(database: try ScratchPostgres.migrated()))
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let staff = try hub.client(.admissions)
            let screen = Screen(hub)
            let witness = Screen(hub)
            try screen.connect()
            try witness.connect()
            for count in [1, 7] {
                screen.disconnect()
                for _ in 0..<count { _ = try staff.raise() }
                try witness.read(through: witness.seq + Int64(count))
                #expect(try screen.connect()["recovered"] == true)
                try screen.read(through: witness.seq)
            }
            screen.disconnect()
            for _ in 0..<5 { _ = try staff.raise() }
            _ = hub.stop()
            try hub.start()
            #expect(try screen.connect()["recovered"] == true)
            try screen.read(through: 13)
            #expect(screen.events.compactMap { $0["seq"]?.integerValue } == Array(1...13))
            #expect(screen.events.allSatisfy { $0["data"]?["patientName"] == "J. Doe" })
        }

        @Test("Another epoch, a position from the future and one too far back get a snapshot of the open alerts")
        func snapshots() throws {
            let hub = try HubProcess(HubProcess.Options(database: try ScratchPostgres.migrated()))
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let staff = try hub.client(.admissions)
            let alerts = [try staff.raise(), try staff.raise(), try staff.raise()]
            _ = try hub.client(.doctor).patch("/api/v1/alerts/\(alerts[1].id)/acknowledge")
            let first = Screen(hub)
            let fresh = try first.connect()
            let epoch = try #require(first.epoch)
            let seq = first.seq
            #expect(fresh["recovered"] == false)

            let foreign = try answer(hub, epoch: DemoIDs.nobody, seq: 1)
            #expect(foreign["recovered"] == false)
            #expect(foreign["epoch"] == .string(epoch))
            #expect(foreign["seq"] == .integer(seq))
            let ids = foreign["snapshot"]?.arrayValue?.compactMap { $0["alertId"]?.stringValue } ?? []
            #expect(Set(ids) == [alerts[0].id, alerts[2].id])
            #expect(try answer(hub, epoch: epoch, seq: seq + 1)["recovered"] == false)
            #expect(try answer(hub, epoch: epoch, seq: 0)["recovered"] == true)

            // A history far longer than what is replayed, made as a busy year would.
            let owner = try hub.sql(.superuser)
            _ = try owner.query(
                """
                INSERT INTO clinic_events (clinic_id, seq, type, payload)
                SELECT $1::uuid, n, 'patient:status_changed',
                       jsonb_build_object('patientId', $2::text, 'newStatus', 'WAITING')
                FROM generate_series($3::bigint + 1, $3::bigint + 12000) n
                """, [.text(DemoIDs.clinic), .text(DemoIDs.patients[0]), .integer(seq)])
            _ = try owner.query(
                "UPDATE clinic_channels SET head_seq = head_seq + 12000 WHERE clinic_id = $1",
                [.text(DemoIDs.clinic)])
            let old = try poll(within: .seconds(20)) {
                try answer(hub, epoch: epoch, seq: seq)["recovered"] == false
            }
            #expect(old, "a position 12,000 events back is answered by a snapshot")
            // A snapshot is given out again for up to a second; a later one is of the new history.
            let isNear = try poll(within: .seconds(20)) {
                let near = Screen(hub)
                try near.connect()
                return near.seq == seq + 12_000
            }
            #expect(isNear)
        }

        @Test("A long way back is replayed whole, though it is longer than the ring and the socket's queue")
        func longReplay() throws {
            let hub = try HubProcess(HubProcess.Options(database: try ScratchPostgres.migrated()))
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let screen = Screen(hub)
            try screen.connect()
            let epoch = try #require(screen.epoch)
            screen.disconnect()
            let owner = try hub.sql(.superuser)
            _ = try owner.query(
                """
                INSERT INTO clinic_events (clinic_id, seq, type, payload)
                SELECT $1::uuid, n, 'patient:status_changed',
                       jsonb_build_object('patientId', $2::text, 'newStatus', 'WAITING')
                FROM generate_series(1, 9000) n
                """, [.text(DemoIDs.clinic), .text(DemoIDs.patients[0])])
            _ = try owner.query(
                "UPDATE clinic_channels SET head_seq = 9000 WHERE clinic_id = $1", [.text(DemoIDs.clinic)])
            #expect(try screen.connect()["recovered"] == true)
            #expect(screen.epoch == epoch)
            // Live events follow the replay without a seam.
            _ = try hub.client(.admissions).raise()
            try screen.read(through: 9_001, within: .seconds(60))
            #expect(screen.events.compactMap { $0["seq"]?.integerValue } == Array(1...9_001))
            #expect(screen.events.last?["event"] == "alert:new")
        }

        @Test(
            "Under 500 alerts from 8 posters, 5 subscribers that reconnect at random see each event once and in order")
        func storm() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("Resume.storm: seed \(seed)")
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway, database: try ScratchPostgres.migrated())
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let poster = try hub.client(.admissions)
            let posters = 8
            // A gateway that accepts and says nothing more, so each alert is one event.
            let total: Int64 = 500
            let left = Locked(total)
            let subscribed = (0..<5).map { _ in Latch() }
            let screens = Locked<[[JSONValue]]>([])
            try concurrently(posters + subscribed.count) { index in
                guard index >= posters else {
                    // All are subscribed before the first alert, so that each must see all of them.
                    for latch in subscribed { latch.wait() }
                    while takeOne(left) { _ = try poster.raise(newAlert(patient: DemoIDs.patients[index % 3])) }
                    return
                }
                let latch = subscribed[index - posters]
                defer { latch.open() }
                var random = SplitMix(state: seed &+ UInt64(index))
                let screen = Screen(hub)
                try screen.connect()
                latch.open()
                while screen.seq < total {
                    let stop = min(total, screen.seq + Int64.random(in: 1...60, using: &random))
                    try screen.read(through: stop, within: .seconds(60))
                    try screen.connect()
                }
                screens.withLock { if screen.snapshots == 1 { $0.append(screen.events) } }
            }
            let seen = screens.withLock { $0 }
            #expect(seen.count == subscribed.count, "nobody was told to take a snapshot; seed \(seed)")
            for events in seen {
                #expect(events.compactMap { $0["seq"]?.integerValue } == Array(1...total), "seed \(seed)")
                #expect(Set(events.compactMap { $0["data"]?["alertId"]?.stringValue }).count == 500, "seed \(seed)")
            }
        }

        private func takeOne(_ left: Locked<Int64>) -> Bool {
            left.withLock { left in
                left -= 1
                return left >= 0
            }
        }

        private func answer(_ hub: HubProcess, epoch: String, seq: Int64) throws -> JSONValue {
            let socket = try hub.socket()
            try socket.send(subscribe(DemoIDs.clinic, epoch: epoch, seq: seq))
            return try socket.message("subscribed")
        }
    }
}
