import Clinic
import Database
import Testing

@testable import Store

@Suite("Response times")
struct ResponseTimeTests {
    private static let span = (
        Timestamp(microseconds: 1_700_000_000_000_000), Timestamp(microseconds: 1_710_000_000_000_000)
    )

    private func report(
        _ fixture: StoreFixture, of clinic: ClinicID = DemoData.clinic
    ) async throws -> ResponseTimeStore.Report {
        let context = TenantContext(clinic: clinic, actor: .user(DemoData.admin, .admin))
        return try await fixture.store {
            try await $0.reports.report(from: Self.span.0, to: Self.span.1, context)
        }
    }

    /// Ten alerts within the span; the n-th was delivered after n s and acknowledged after 10 n s, at step 1.
    private func fill(_ fixture: StoreFixture) async throws {
        for number in 1...10 {
            let alert = try await fixture.raise(patient: DemoData.patients[number % 2]).id
            try fixture.superuser(
                """
                WITH moved AS (
                    UPDATE alerts SET created_at = to_timestamp(1700000100) WHERE id = '\(alert)'
                ), paged AS (
                    UPDATE alert_timeline SET at = to_timestamp(1700000100) WHERE alert_id = '\(alert)'
                )
                INSERT INTO alert_timeline (alert_id, clinic_id, at, kind, step, user_id)
                VALUES
                    ('\(alert)', '\(DemoData.clinic)', to_timestamp(1700000100 + \(number)), 'DELIVERED', 1, '\(DemoData.doctor)'),
                    ('\(alert)', '\(DemoData.clinic)', to_timestamp(1700000100 + 10 * \(number)), 'ACKNOWLEDGED', 1,
                     '\(DemoData.doctor)')
                """)
        }
    }

    @Test("Median and ninth decile are those of the times, by urgency, step and person; what never came is not counted")
    func percentiles() async throws {
        try await StoreFixture.withStore { fixture in
            try await fill(fixture)
            let report = try await report(fixture)
            #expect(report.alerts == 10)
            #expect(
                report.rows.map(\.dimension.rawValue) == ["URGENCY", "URGENCY", "STEP", "STEP", "PERSON", "PERSON"])
            #expect(report.rows.map(\.key).prefix(4) == ["URGENT", "URGENT", "1", "1"])
            #expect(report.rows.last?.key == DemoData.doctor.description)
            #expect(report.rows.last?.name?.isEmpty == false)
            for row in report.rows {
                #expect(row.count == 10)
                let factor = row.measure == .acknowledged ? 10 : 1
                #expect(row.measure == .acknowledged || row.measure == .delivered)
                // Continuous percentiles of 1…10: 5.5 and 9.1.
                #expect(row.median == .milliseconds(5_500 * factor))
                #expect(row.p90 == .milliseconds(9_100 * factor))
            }
        }
    }

    @Test("Another clinic's times are not in it, nor what was raised before or after")
    func bounds() async throws {
        try await StoreFixture.withStore { fixture in
            try await fill(fixture)
            #expect(
                try await report(fixture, of: DemoData.otherClinic) == ResponseTimeStore.Report(alerts: 0, rows: []))
            try fixture.superuser("UPDATE alerts SET created_at = to_timestamp(1710000000)")
            #expect(try await report(fixture).alerts == 0)
            try fixture.superuser("UPDATE alerts SET created_at = to_timestamp(1700000000)")
            #expect(try await report(fixture).alerts == 10)
        }
    }
}
