package import Clinic
package import HubProtocol
import Platform
package import Store

/// The channels' history in PostgreSQL, encoded for the wire. Loop-confined.
package final class StoredHistory: EventHistory {
    private let store: Store

    package init(store: Store) { self.store = store }

    package func heads(of clinics: [ClinicID]) async throws(HistoryError) -> [ClinicID: Position] {
        do throws(StoreError) {
            if let clinic = clinics.first, clinics.count == 1 {
                return [clinic: try await store.events.position(.hub(in: clinic))]
            }
            return try await store.events.heads(of: clinics)
        } catch {
            throw unavailable("positions", error)
        }
    }

    package func events(
        of clinic: ClinicID, after seq: Int64, limit: Int
    ) async throws(HistoryError) -> [PublishedEvent] {
        do throws(StoreError) {
            let page = try await store.events.events(after: seq, limit: limit, .hub(in: clinic))
            return page.events.map { PublishedEvent($0, epoch: page.epoch) }
        } catch {
            throw unavailable("events", error)
        }
    }

    package func snapshot(of clinic: ClinicID) async throws(HistoryError) -> ChannelSnapshot {
        do throws(StoreError) {
            let snapshot = try await store.alerts.snapshot(.hub(in: clinic))
            return ChannelSnapshot(
                head: snapshot.position, alerts: snapshot.alerts.map { OpenAlert($0) },
                isTruncated: snapshot.isTruncated)
        } catch {
            throw unavailable("snapshot", error)
        }
    }

    private func unavailable(_ what: String, _ error: StoreError) -> HistoryError {
        Log.warning("history not readable", ["what": what, "error": error.logName])
        return .unavailable
    }
}

extension OpenAlert {
    fileprivate init(_ record: AlertRecord) {
        self.init(
            alert: record.id, urgency: record.urgency, room: record.room, patientName: record.patientName,
            status: record.status, createdAt: record.createdAt, escalatesAt: record.escalatesAt, step: record.step,
            isExhausted: record.isExhausted)
        snoozedUntil = record.snoozedUntil
        hold = record.hold
    }
}
