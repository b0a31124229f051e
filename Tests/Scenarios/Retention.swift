import Clinic
import Database
import Glibc
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// What the clinics keep no longer is removed by the hub itself, while it works.
    @Suite("Retention")
    struct Retention {
        private func start() throws -> HubProcess {
            var options = HubProcess.Options()
            options.configuration =
                "retention: { eventDays: 1, alertDays: 30, formDays: 1, intervalSeconds: 1 }, intake: { concurrentReadings: 0 }"
            let hub = try HubProcess(options)
            try hub.useFastPolicy(firstWait: 3_600)
            return hub
        }

        @Test(
            "A screen that stands before the first event that is left is given a snapshot, one that stands at it resumes"
        )
        func events() throws {
            let hub = try start()
            defer { hub.end() }
            let staff = try hub.client(.admissions)
            let alerts = [try staff.raise(), try staff.raise(newAlert(patient: DemoIDs.patients[1]))]
            let screen = Screen(hub)
            try screen.connect()
            screen.disconnect()
            let (epoch, seq) = (try #require(screen.epoch), screen.seq)
            _ = try staff.raise(newAlert(patient: DemoIDs.patients[2]))
            let session = try hub.sql(.superuser)
            _ = try session.query(
                "UPDATE clinic_events SET created_at = now() - interval '2 days' WHERE clinic_id = $1 AND seq < $2",
                [.text(DemoIDs.clinic), .integer(seq)])
            #expect(
                try poll(within: .seconds(60)) {
                    try session.query(
                        "SELECT min(seq) AS n FROM clinic_events WHERE clinic_id = $1", [.text(DemoIDs.clinic)])[0]
                        .int64("n") == seq
                })
            // What the hub still has in memory it can prove; after a restart there is the database alone.
            #expect(hub.stop() == 0)
            try hub.start()
            func answer(since: Int64) throws -> JSONValue {
                let socket = try hub.socket()
                try socket.send(subscribe(DemoIDs.clinic, epoch: epoch, seq: since))
                return try socket.message("subscribed")
            }
            let gone = try answer(since: seq - 2)
            #expect(gone["recovered"] == false)
            let shown = gone["snapshot"]?.arrayValue?.compactMap { $0["alertId"]?.stringValue } ?? []
            #expect(Set(shown).isSuperset(of: alerts.map(\.id)))
            #expect(try answer(since: seq - 1)["recovered"] == true)

            // A channel without any event left is the same.
            let later = try hub.sql(.superuser)
            _ = try later.query("UPDATE clinic_events SET created_at = now() - interval '2 days'")
            #expect(try poll(within: .seconds(60)) { try later.query("SELECT FROM clinic_events").count == 0 })
            #expect(hub.stop() == 0)
            try hub.start()
            #expect(try answer(since: seq)["recovered"] == false)
            let told = try hub.sql(.superuser).query(
                "SELECT sum(occurrences)::int AS n FROM audit_logs WHERE action = 'REMOVE_EXPIRED' AND target_table = 'clinic_events'"
            )
            #expect(try told[0].int("n") >= 3)
            #expect(try HubProgram.run(["audit", "verify", "--data", hub.dataDirectory]).exitCode == 0)
        }

        @Test("A closed alert is gone after its time, for everybody; an open one stays, and answers as before")
        func alerts() throws {
            let hub = try start()
            defer { hub.end() }
            let staff = try hub.client(.admissions)
            let (closed, open) = (try staff.raise(), try staff.raise(newAlert(patient: DemoIDs.patients[1])))
            #expect(
                try hub.client(.admin).post("/api/v1/alerts/\(closed.id)/close", ["reason": "HANDLED"]).status == .ok)
            _ = try hub.sql(.superuser).query("UPDATE escalations SET closed_at = closed_at - interval '31 days'")
            #expect(
                try poll(within: .seconds(60)) { try staff.get("/api/v1/alerts/\(closed.id)").status == .notFound })
            #expect(try staff.alert(open.id)["status"] != "CLOSED")
            #expect(try hub.client(.doctor).patch("/api/v1/alerts/\(open.id)/acknowledge").status == .ok)
        }

        @Test("A scan goes after its time, the file of an upload that was cut off too, and no other file")
        func scans() throws {
            let hub = try start()
            defer { hub.end() }
            let desk = try hub.client(.admissions)
            let image = try FormDrawing.image(of: SampleForm.series(1, legible: true)[0])
            let (old, kept) = (try desk.uploaded(image), try desk.uploaded(image))
            let session = try hub.sql(.superuser)
            // As if it had been read and rejected long ago.
            for status in ["PROCESSING", "EXTRACTED", "REJECTED"] {
                _ = try session.query("UPDATE uploads SET status = $1 WHERE id = $2", [.text(status), .text(old)])
            }
            #expect(try files(hub) == [old, kept].sorted())
            _ = try session.query("UPDATE uploads SET updated_at = now() - interval '2 days'")
            #expect(try poll(within: .seconds(60)) { try files(hub) == [kept] })
            #expect(
                try poll(within: .seconds(60)) {
                    try hub.client(.admissions).get("/api/v1/intake/\(old)/file").status == .notFound
                })
            #expect(try desk.form(old)["status"] == "REJECTED")
            #expect(try desk.get("/api/v1/intake/\(kept)/file").body == image)

            // Killed between the file and its row: the upload waits for a lock, its file is on the disk.
            _ = try session.query("BEGIN")
            _ = try session.query("LOCK TABLE uploads IN ACCESS EXCLUSIVE MODE")
            try concurrently(2) { index in
                if index == 0 {
                    #expect((try? desk.upload(image)) == nil)
                } else {
                    let isWritten = try poll(within: .seconds(60)) { try files(hub).count == 2 }
                    #expect(isWritten)
                    hub.kill()
                }
            }
            // Else the killed hub's last words, which may have reached PostgreSQL whole, would count once the lock is gone.
            _ = try session.query(
                "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            _ = try session.query("ROLLBACK")
            try hub.start()
            #expect(try files(hub).count == 2, "it has its grace")
            let announced = try session.query(
                "UPDATE announced_files SET announced_at = now() - interval '7 hours' RETURNING storage_key")
            #expect(announced.count == 1)
            #expect(try poll(within: .seconds(60)) { try files(hub) == [kept] })
            #expect(try desk.get("/api/v1/intake/\(kept)/file").body == image)
        }

        /// The forms whose sealed files are on the disk.
        private func files(_ hub: HubProcess) throws -> [String] {
            let found = try HubProgram.run(
                "/usr/bin/find", ["\(hub.dataDirectory)/intake", "-name", "*.sealed", "-printf", "%f\n"])
            return found.output.split(separator: "\n").map { String($0.dropLast(".sealed".count)) }.sorted()
        }
    }
}
