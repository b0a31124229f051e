import Clinic
import Hub
import Store
import Wire

/// The queues of the platform, as far as one clinic's work in them goes.
struct QueueRoutes {
    let hub: ClinicHub
    /// Rows that this loop has gathered for the audit and not yet committed.
    let gathered: () -> Int

    var routes: [Route] {
        [Route(.get, "/api/v1/queues") { [self] context throws(Problem) in try await list(context) }]
    }

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readQueues, to: "read the queues")
        do {
            var statuses = try await hub.store.jobs.statuses(context.tenant(principal))
            for index in statuses.indices where statuses[index].queue == .auditFlush {
                statuses[index].waiting = gathered()
            }
            var json = JSONWriter()
            json.object { json in
                json.field(
                    "queues",
                    array: { json in
                        for status in statuses { status.write(to: &json, obstacle: obstacle(status)) }
                    })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func obstacle(_ status: QueueStatus) -> String? {
        status.queue == .ocrProcessing ? hub.desk?.status.obstacle : status.failure
    }
}

extension QueueStatus {
    fileprivate func write(to json: inout JSONWriter, obstacle: String?) {
        json.object { json in
            json.field("name", queue.rawValue)
            json.field("waiting", waiting)
            json.field("running", running)
            json.field("dead", dead)
            json.field("oldestWaitingSince", oldestWaitingSince?.rfc3339)
            json.field("obstacle", obstacle)
        }
    }
}
